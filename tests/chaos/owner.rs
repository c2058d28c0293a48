//! An owner whose profile counts its runs and pays for them, and the guest who looks at it: all that must hold between them.

use harness::{Site, Visitor};

/// What a new user has.
const BEGIN: u64 = 10;
/// What an owner may spend in a day.
const CAP: &str = "1000000";

/// A pair of users that nobody else pays or is paid by.
pub(crate) struct Owner {
    name: String,
    owner: Visitor,
    guest: Visitor,
    /// The highest count that a page has shown, or that it said was paid.
    count: u64,
    /// What the guest has been paid, as far as is known.
    paid: u64,
    /// What it has given back.
    returned: u64,
    /// Pages with a count.
    pub(crate) counted: u64,
    /// Pages that said that it is not possible now.
    pub(crate) sorry: u64,
}

impl Owner {
    pub(crate) fn new(site: &Site, number: usize) -> Self {
        let name = format!("owner{number}");
        let owner = site.register(&name);
        let form = [("profile_update", include_str!("counter.py")), ("profile_cap", CAP), ("profile_submit", "Save")];
        assert_eq!(owner.post("/", &form).status, 200);
        let guest = site.register(&format!("guest{number}"));
        Self { name, owner, guest, count: 0, paid: 0, returned: 0, counted: 0, sorry: 0 }
    }

    /// One run. Whatever was killed meanwhile: there is a page, it says what happened, what was shown once is not forgotten,
    /// and neither is what was paid for.
    pub(crate) fn visit(&mut self) {
        let page = self.guest.get(&format!("/users?user={}", self.name));
        assert!(matches!(page.status, 200 | 503), "{}: {}\n{}", self.name, page.status, page.text);
        let count = number_after(&page.text, "counted ");
        if let Some(count) = count {
            let second = number_after(&page.text, &format!("counted {count} and "));
            assert_eq!(second, Some(count), "{}: a half state\n{}", self.name, page.text);
            assert!(count >= self.count, "{}: {count} after {}\n{}", self.name, self.count, page.text);
            assert!(count >= self.paid, "{}: {count}, and paid {} times\n{}", self.name, self.paid, page.text);
            self.count = count;
            self.counted += 1;
        }
        if let Some(paid) = number_after(&page.text, "paid ") {
            assert_eq!(Some(paid), count.map(|count| count + 1), "{}\n{}", self.name, page.text);
            self.count = paid;
        } else {
            assert!(page.status == 503 || page.text.contains("class=\"remark\""), "no word\n{}", page.text);
            self.sorry += 1;
        }
        if let Some(has) = number_after(&page.text, "id=\"zoobars\" class=\"") {
            self.paid = BEGIN + self.returned - has;
        }
    }

    /// The guest gives back what it was paid, so that the owner can pay again.
    pub(crate) fn give_back(&mut self) {
        let Some(more) = balance(&self.guest).and_then(|has| has.checked_sub(BEGIN)).filter(|more| *more > 0) else {
            return;
        };
        let form = [("zoobars", &*more.to_string()), ("recipient", &self.name), ("submission", "Send")];
        let page = self.guest.post("/transfer", &form);
        // No part of a transfer by hand is ever killed here.
        assert!(matches!(page.status, 200 | 302), "{}\n{}", page.status, page.text);
        self.returned += more;
    }

    /// When everything works again: no zoobar was lost or made.
    pub(crate) fn settle(&mut self, site: &Site) {
        site.wait_until("the profile works again", || {
            let counted = self.counted;
            self.visit();
            self.counted > counted
        });
        let both = || Some((balance(&self.owner)?, balance(&self.guest)?));
        site.wait_until("the balances can be read", || both().is_some());
        let (owner, guest) = both().expect("they could be read just now");
        assert_eq!(owner + guest, 2 * BEGIN, "{}", self.name);
    }
}

fn balance(user: &Visitor) -> Option<u64> {
    number_after(&user.get("/").text, "<b>Balance:</b> ")
}

fn number_after(text: &str, words: &str) -> Option<u64> {
    let (_, rest) = text.split_once(words)?;
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest[..digits].parse().ok()
}
