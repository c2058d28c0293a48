//! Auth, bank, profile and echo as far as the pages need them: the contracts, without databases.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use auth_api::{
    Allowance, Check, Checked, GetGrant, Grant, Granted, Login, Logout, ProgramDigest, Register, Session, Token,
};
use bank_api::{Balance, Balanced, Log, Logged, Transfer, TransferRecord, Transferred};
use echo_api::{Echo, Echoed};
use profile_api::{Get, Got, RunList, Runs, Set, Sight, Stored, View, Viewed};
use rpc::{Call, Client, Nothing, Router};

#[derive(Default)]
pub(super) struct User {
    pub(super) password: String,
    pub(super) zoobars: u64,
    pub(super) profile: String,
    pub(super) grant: Option<Allowance>,
    /// What a look at the profile gives, where it is not its text.
    pub(super) sight: Option<Result<Sight, profile_api::Error>>,
}

/// Everything that the services know.
#[derive(Default)]
pub(super) struct World {
    pub(super) users: HashMap<String, User>,
    pub(super) sessions: HashMap<String, Checked>,
    pub(super) transfers: Vec<TransferRecord>,
    pub(super) runs: Vec<profile_api::Run>,
    /// What auth says to the next attempt to enter.
    pub(super) refusal: Option<auth_api::Error>,
    /// Addresses that auth was told.
    pub(super) addresses: Vec<String>,
    /// Browsers that auth was shown.
    pub(super) devices: Vec<Option<Token>>,
    /// The cap that auth fails to grant.
    pub(super) ungrantable: Option<u64>,
    /// What was granted and stored, in order.
    pub(super) saving: Vec<String>,
}

impl User {
    /// What the stored text may spend.
    pub(super) fn cap(&self) -> Option<u64> {
        let grant = self.grant.as_ref()?;
        (grant.program == ProgramDigest::of(&self.profile)).then_some(grant.cap)
    }
}

type Shared = Arc<Mutex<World>>;

impl World {
    pub(super) fn begin_session(&mut self, username: &str) -> Token {
        let token = Token::from_bits(&[self.sessions.len() as u8 + 1; 32]);
        let checked = Checked { username: username.to_owned(), run: None };
        self.sessions.insert(token.expose().to_owned(), checked);
        token
    }

    fn session(&self, token: &Token) -> Option<String> {
        self.sessions.get(token.expose()).cloned().and_then(Checked::session)
    }
}

/// What every browser will be known by.
pub(super) fn a_device() -> Token {
    Token::from_bits(&[0xdd; 32])
}

pub(super) fn lock(world: &Mutex<World>) -> MutexGuard<'_, World> {
    world.lock().expect("no test panics with the lock held")
}

pub(super) fn auth(world: &Shared) -> Client {
    use auth_api::Error;
    let router = Router::new(auth_api::IDL, world.clone())
        .on(async |world: Arc<Mutex<World>>, call: Call<Register>| {
            let (mut world, Register { username, password, address }) = (lock(&world), call.params);
            world.addresses.push(address);
            if let Some(refusal) = world.refusal.take() {
                return Err(refusal);
            }
            if world.users.contains_key(&username) {
                return Err(Error::UsernameTaken);
            }
            world.users.insert(username.clone(), User { password: password.0, zoobars: 10, ..User::default() });
            Ok(Session { token: world.begin_session(&username), username, device: a_device() })
        })
        .on(async |world: Arc<Mutex<World>>, call: Call<Login>| {
            let (mut world, Login { username, password, address, device }) = (lock(&world), call.params);
            world.addresses.push(address);
            world.devices.push(device);
            if let Some(refusal) = world.refusal.take() {
                return Err(refusal);
            }
            match world.users.get(&username) {
                Some(user) if user.password == password.0 => {
                    Ok(Session { token: world.begin_session(&username), username, device: a_device() })
                }
                _ => Err(Error::InvalidCredentials),
            }
        })
        .on(async |world: Arc<Mutex<World>>, call: Call<Logout>| {
            lock(&world).sessions.remove(call.params.token.expose());
            Ok::<_, Error>(Nothing {})
        })
        .on(async |world: Arc<Mutex<World>>, call: Call<Check>| {
            lock(&world).sessions.get(call.params.token.expose()).cloned().ok_or(Error::InvalidToken)
        })
        .on(async |world: Arc<Mutex<World>>, call: Call<Grant>| {
            let (mut world, Grant { token, cap, program }) = (lock(&world), call.params);
            let owner = world.session(&token).ok_or(Error::InvalidToken)?;
            if world.ungrantable == Some(cap) {
                return Err(Error::Unavailable);
            }
            world.saving.push(format!("grant {cap}"));
            let grant = (cap > 0).then_some(Allowance { cap, program });
            world.users.get_mut(&owner).expect("a session is a user's").grant = grant;
            Ok(Nothing {})
        })
        .on(async |world: Arc<Mutex<World>>, call: Call<GetGrant>| {
            let world = lock(&world);
            let owner = world.session(&call.params.token).ok_or(Error::InvalidToken)?;
            Ok(Granted { grant: world.users[&owner].grant.clone() })
        });
    stand_in::serve(auth_api::IDL, router)
}

pub(super) fn bank(world: &Shared) -> Client {
    use bank_api::Error;
    let router = Router::new(bank_api::IDL, world.clone())
        .on(async |world: Arc<Mutex<World>>, call: Call<Balance>| {
            let (world, username) = (lock(&world), call.params.username);
            let zoobars = world.users.get(&username).map(|user| user.zoobars);
            zoobars.map(|zoobars| Balanced { zoobars }).ok_or(Error::NoSuchAccount { username })
        })
        .on(async |world: Arc<Mutex<World>>, call: Call<Transfer>| {
            let (mut world, Transfer { token, recipient, zoobars }) = (lock(&world), call.params);
            let sender = world.session(&token).ok_or(Error::InvalidToken)?;
            let amount = u64::try_from(zoobars).ok().filter(|&amount| amount > 0).ok_or(Error::BadAmount)?;
            let balance = world.users[&sender].zoobars;
            if !world.users.contains_key(&recipient) {
                return Err(Error::NoSuchAccount { username: recipient });
            }
            if sender == recipient {
                return Err(Error::ToOneself);
            }
            if amount > balance {
                return Err(Error::NotEnough { balance });
            }
            world.users.get_mut(&sender).expect("looked up above").zoobars -= amount;
            world.users.get_mut(&recipient).expect("looked up above").zoobars += amount;
            let (id, time) = (world.transfers.len() as u64 + 1, "Sat Nov 21 17:30:13 2026".to_owned());
            world.transfers.push(TransferRecord { id, time, sender: sender.clone(), recipient, amount });
            Ok(Transferred { sender, balance: balance - amount })
        })
        .on(async |world: Arc<Mutex<World>>, call: Call<Log>| {
            let (world, name) = (lock(&world), call.params.username);
            let mine = world.transfers.iter().filter(|row| row.sender == name || row.recipient == name);
            Ok::<_, Error>(Logged { transfers: mine.cloned().collect() })
        });
    stand_in::serve(bank_api::IDL, router)
}

pub(super) fn profile(world: &Shared) -> Client {
    use profile_api::Error;
    let router = Router::new(profile_api::IDL, world.clone())
        .on(async |world: Arc<Mutex<World>>, call: Call<Get>| {
            let text = lock(&world).users.get(&call.params.username).map(|user| user.profile.clone());
            Ok::<_, Error>(Got { text: text.unwrap_or_default() })
        })
        .on(async |world: Arc<Mutex<World>>, call: Call<Set>| {
            let (mut world, Set { token, text }) = (lock(&world), call.params);
            let owner = world.session(&token).ok_or(Error::InvalidToken)?;
            if text.len() > profile_api::MAX_TEXT {
                return Err(Error::TooLong { limit: profile_api::MAX_TEXT });
            }
            world.saving.push("set".to_owned());
            world.users.get_mut(&owner).expect("a session is a user's").profile = text;
            // As an intruder would say of words, too: no page believes it.
            Ok(Stored { executable: true })
        })
        .on(async |world: Arc<Mutex<World>>, call: Call<View>| {
            let world = lock(&world);
            world.session(&call.params.token).ok_or(Error::InvalidToken)?;
            let Some(user) = world.users.get(&call.params.username) else {
                return Ok(Viewed { view: Sight::Text { text: String::new() } });
            };
            let text = Sight::Text { text: user.profile.clone() };
            user.sight.clone().unwrap_or(Ok(text)).map(|view| Viewed { view })
        })
        .on(async |world: Arc<Mutex<World>>, call: Call<Runs>| {
            let world = lock(&world);
            world.session(&call.params.token).ok_or(Error::InvalidToken)?;
            Ok::<_, Error>(RunList { runs: world.runs.clone() })
        });
    stand_in::serve(profile_api::IDL, router)
}

pub(super) fn echo(world: &Shared) -> Client {
    use echo_api::{Error, MAX_MESSAGE};
    let router = Router::new(echo_api::IDL, world.clone()).on(async |_, call: Call<Echo>| {
        let message = call.params.message;
        if message.len() > MAX_MESSAGE {
            return Err(Error::TooLong { limit: MAX_MESSAGE });
        }
        Ok(Echoed { reply: format!("You said: {message}"), caller: call.peer.service().to_owned() })
    });
    stand_in::serve(echo_api::IDL, router)
}
