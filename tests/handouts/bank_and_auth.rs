//! 2018, parts 2 and 3: the login service and the bank.

use std::fs;

use harness::Site;

pub(crate) fn transfer_by_hand(site: &Site) {
    let alice = site.register("alice");
    let bob = site.register("bob");
    let password = [("login_username", "alice"), ("login_password", "alice!"), ("submit_login", "Log in")];
    assert_eq!(alice.post("/login", &password).status, 302);
    alice.get("/").shows("<b>Balance:</b> 10 zoobars<br />");
    let form = [("zoobars", "3"), ("recipient", "bob"), ("submission", "Send")];
    alice.post("/transfer", &form).shows("Sent 3 zoobars");
    alice.get("/").shows("<b>Balance:</b> 7 zoobars<br />");
    bob.get("/").shows("<b>Balance:</b> 13 zoobars<br />");
    bob.get("/users?user=alice").shows("<td").shows("bob");
}

pub(crate) fn credentials(site: &Site) {
    let carol = site.register("carol");
    let token = carol.session().expect("logged in");
    let holders = files_holding(site, &["carol!", &token]);
    assert!(holders.is_empty(), "a password or token stands in the clear in {holders:?}");
    // Nobody but auth may ask for what auth keeps, and what may be asked is listed method by method.
    let call = r#"{"username":"carol","password":"carol!","address":"-"}"#;
    let (answered, said) = site.call_as("login_svc", "org.zoobar.Auth.Login", call);
    assert!(answered, "the twin fails: {said}");
    for stranger in ["dynamic_svc", "bank_svc", "static_svc"] {
        let (answered, said) = site.call_as(stranger, "org.zoobar.Auth.Login", call);
        assert!(!answered && said.contains("PermissionDenied"), "{stranger}: {said}");
    }
    owned_by_one(site, "auth/db/cred.db", 16);
}

pub(crate) fn hashed_and_salted(site: &Site) {
    for name in ["same1", "same2"] {
        let visitor = site.visitor();
        let form = [("login_username", name), ("login_password", "the same password"), ("submit_registration", "x")];
        assert_eq!(visitor.post("/login", &form).status, 302);
    }
    let bytes: Vec<u8> = ["cred.db", "cred.db-wal"]
        .iter()
        .flat_map(|name| fs::read(site.jail().join("auth/db").join(name)).unwrap_or_default())
        .collect();
    let text = String::from_utf8_lossy(&bytes);
    assert!(!text.contains("the same password"), "a password in the clear");
    let hashes: std::collections::BTreeSet<&str> =
        text.split("$argon2id$").skip(1).filter_map(|rest| rest.get(..80)).collect();
    assert!(hashes.len() >= 2, "two users with one password must have two hashes: {hashes:?}");
}

pub(crate) fn bank(site: &Site) {
    owned_by_one(site, "bank/db/bank.db", 17);
    site.register("dave").get("/").shows("<b>Balance:</b> 10 zoobars<br />");
    // Money is made by opening an account, which auth alone may ask for, and which makes it once.
    let (answered, said) = site.call_as("dynamic_svc", "org.zoobar.Bank.Open", "{\"username\":\"mint\"}");
    assert!(!answered && said.contains("PermissionDenied"), "{said}");
    let (answered, said) = site.call_as("auth_svc", "org.zoobar.Bank.Open", "{\"username\":\"dave\"}");
    assert!(answered, "{said}");
    let (_, balance) = site.call_as("dynamic_svc", "org.zoobar.Bank.Balance", "{\"username\":\"dave\"}");
    assert!(balance.contains("10"), "{balance}");
}

pub(crate) fn token_needed(site: &Site) {
    let erin = site.register("erin");
    site.register("frank");
    let token = erin.session().expect("logged in");
    let transfer = |token: &str| format!("{{\"token\":\"{token}\",\"recipient\":\"frank\",\"zoobars\":1}}");
    for wrong in ["0".repeat(64), token.chars().rev().collect(), String::new(), "erin".to_owned()] {
        let (answered, said) = site.call_as("dynamic_svc", "org.zoobar.Bank.Transfer", &transfer(&wrong));
        assert!(!answered, "{wrong:?} was taken for a token: {said}");
    }
    let without = "{\"sender\":\"erin\",\"recipient\":\"frank\",\"zoobars\":1}";
    let (answered, said) = site.call_as("dynamic_svc", "org.zoobar.Bank.Transfer", without);
    assert!(!answered, "no token at all: {said}");
    erin.get("/").shows("<b>Balance:</b> 10 zoobars<br />");
    let (answered, said) = site.call_as("dynamic_svc", "org.zoobar.Bank.Transfer", &transfer(&token));
    assert!(answered, "the twin with the right token fails: {said}");
    erin.get("/").shows("<b>Balance:</b> 9 zoobars<br />");
}

/// The file is there, belongs to the service's own user, and nobody else can read it or pass its directory.
fn owned_by_one(site: &Site, file: &str, user: u32) {
    use std::os::unix::fs::MetadataExt;
    let path = site.jail().join(file);
    let file = fs::metadata(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
    let directory = fs::metadata(path.parent().expect("has one")).expect("is there");
    for metadata in [&file, &directory] {
        assert_eq!(metadata.uid(), site.uid(user), "{} belongs to somebody else", path.display());
        assert_eq!(metadata.mode() & 0o077, 0, "{} is open to others: {:o}", path.display(), metadata.mode());
    }
}

/// All files below the jail that contain one of the texts: databases, write-ahead logs and log files.
fn files_holding(site: &Site, texts: &[&str]) -> Vec<std::path::PathBuf> {
    let mut holders = Vec::new();
    let mut directories = vec![site.jail().to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(&directory).into_iter().flatten().flatten() {
            let kind = entry.file_type().expect("has a type");
            if kind.is_dir() {
                directories.push(entry.path());
            } else if kind.is_file() {
                let bytes = fs::read(entry.path()).unwrap_or_default();
                if texts.iter().any(|text| bytes.windows(text.len()).any(|window| window == text.as_bytes())) {
                    holders.push(entry.path());
                }
            }
        }
    }
    holders
}
