//! Who comes in: so many connections in all, so many from one address.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use crate::Limits;

/// How many connections each address has.
type Inside = Arc<Mutex<HashMap<IpAddr, usize>>>;

/// Counts the connections.
#[derive(Debug)]
pub(crate) struct Door {
    places: Arc<Semaphore>,
    total: usize,
    per_address: usize,
    count_loopback: bool,
    inside: Inside,
    /// Told of each newcomer while it is crowded.
    newcomer: Notify,
}

/// A connection that was let in. Its place is free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Guest {
    _place: OwnedSemaphorePermit,
    _share: Option<Share>,
}

/// One of the places of an address, if it is one that is counted. Free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Share(Option<(IpAddr, Inside)>);

impl Door {
    pub(crate) fn new(limits: &Limits) -> Door {
        Door {
            places: Arc::new(Semaphore::new(limits.connections)),
            total: limits.connections,
            per_address: limits.connections_per_address,
            count_loopback: limits.count_loopback,
            inside: Arc::default(),
            newcomer: Notify::new(),
        }
    }

    /// Lets a connection in, unless all places or those of its address are taken.
    pub(crate) fn admit(&self, from: IpAddr) -> Option<Guest> {
        // First its share: whoever has used that up makes nobody else leave.
        let share = self.share(from)?;
        Some(Guest { _place: self.place()?, _share: Some(share) })
    }

    /// Lets a connection of a front in. Its visitors are counted request by request.
    pub(crate) fn admit_front(&self) -> Option<Guest> {
        Some(Guest { _place: self.place()?, _share: None })
    }

    fn place(&self) -> Option<OwnedSemaphorePermit> {
        let place = self.places.clone().try_acquire_owned().ok();
        if self.is_crowded() {
            self.newcomer.notify_one();
        }
        place
    }

    /// Takes one of an address's places, unless all are taken.
    pub(crate) fn share(&self, from: IpAddr) -> Option<Share> {
        if from.to_canonical().is_loopback() && !self.count_loopback {
            return Some(Share(None));
        }
        let network = network(from);
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        let count = inside.entry(network).or_default();
        if *count >= self.per_address {
            return None;
        }
        *count += 1;
        Some(Share(Some((network, self.inside.clone()))))
    }

    /// Most places are taken: time to keep none for those who say nothing.
    pub(crate) fn is_crowded(&self) -> bool {
        self.places.available_permits() * 4 < self.total
    }

    /// Waits until the place of somebody who says nothing is needed: at once in a crowd, and if the crowd comes later, for each
    /// newcomer the place of whoever has waited here the longest.
    pub(crate) async fn needs_room(&self) {
        // Notifications are given out in the order of waiting. One that nobody waited for may be left from an earlier crowd.
        while !self.is_crowded() {
            self.newcomer.notified().await;
        }
    }

    /// Waits until everybody has gone.
    pub(crate) async fn empty(&self) {
        let all = u32::try_from(self.total).unwrap_or(u32::MAX);
        // The semaphore is never closed; and if it were, nobody would be inside.
        let _ = self.places.acquire_many(all).await;
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let Some((network, inside)) = self.0.take() else { return };
        let mut inside = inside.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = inside.get_mut(&network) {
            *count -= 1;
            if *count == 0 {
                inside.remove(&network);
            }
        }
    }
}

/// One household has one IPv4 address, but a whole /64 of IPv6.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_its_share_and_gets_it_back() {
        let door = Door::new(&Limits { connections: 4, connections_per_address: 2, ..Limits::default() });
        let (a, b) = ("192.0.2.1".parse().expect("address"), "::ffff:192.0.2.1".parse().expect("address"));
        let first = door.admit(a).expect("a place");
        let _second = door.admit(b).expect("the same address, a second place");
        assert!(door.admit(a).is_none());
        assert!(door.admit("192.0.2.2".parse().expect("address")).is_some(), "others are not hurt");
        drop(first);
        assert!(door.admit(a).is_some());
    }

    #[test]
    fn all_addresses_of_one_network_share() {
        let door = Door::new(&Limits { connections_per_address: 1, ..Limits::default() });
        let _first = door.admit("2001:db8::1".parse().expect("address")).expect("a place");
        assert!(door.admit("2001:db8::2".parse().expect("address")).is_none());
        assert!(door.admit("2001:db8:0:1::1".parse().expect("address")).is_some());
    }
}
