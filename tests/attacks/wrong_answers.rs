//! The typical wrong answers to the handouts' exercises, each tried on this site.

use std::os::unix::fs::MetadataExt;

use harness::{Site, Visitor};

fn save(owner: &Visitor, program: &str) {
    let form = [("profile_update", program), ("profile_cap", "50"), ("profile_submit", "Save")];
    assert_eq!(owner.post("/", &form).status, 200);
}

#[test]
fn files_belong_to_the_owner_of_the_profile_and_not_to_its_visitor() {
    let site = Site::start();
    let (owner, guest) = (site.register("owner"), site.register("guest"));
    save(&owner, "#!python\nimport os\nprint(sorted(os.listdir('/tmp')))\nopen('/tmp/seen', 'w').close()\n");
    guest.get("/users?user=owner").shows("[]");
    owner.get("/users?user=owner").shows("seen");
    save(&guest, "#!python\nimport os\nprint(sorted(os.listdir('/tmp')))\n");
    guest.get("/users?user=guest").shows("[]");
}

#[test]
fn the_dots_of_zook_confs_urls_are_dots() {
    let site = Site::start();
    let visitor = site.visitor();
    assert_eq!(visitor.load("/zoobar/index.cgi/login").status, 200);
    for wide in [
        "/zoobar/indexXcgi/login",
        "/zoobar/index_cgi/login",
        "/x/zoobar/index.cgi/login",
        "/zoobar/index.cgi/login/../../../x",
    ] {
        assert_eq!(visitor.load(wide).status, 404, "{wide}");
    }
}

#[test]
fn no_source_and_no_database_is_served() {
    let site = Site::start();
    let visitor = site.visitor();
    for path in [
        "/zook.conf",
        "/bank/db/bank.db",
        "/zoobar/db/cred/cred.db",
        "/log/zookd/zookd.log",
        "/zoobar/media/../../db/bank.db",
        "/zoobar/media/zoobar.css/x.cgi",
        "/interfaces/bank.varlink",
        "/.git/config",
        "/zookd",
        "/bin/zookd",
    ] {
        let page = visitor.load(path);
        assert!(matches!(page.status, 400 | 403 | 404), "{path}: {}", page.status);
    }
}

#[test]
fn every_private_file_is_closed_to_others() {
    let site = Site::start();
    let alice = site.register("alice");
    save(&alice, "#!python\nopen('/tmp/x', 'w').write('secret')\n");
    alice.get("/users?user=alice");
    for (directory, section) in [
        ("auth/db", "auth_svc"),
        ("bank/db", "bank_svc"),
        ("profile/db", "profile_svc"),
        ("sandbox/store", "sandbox_svc"),
    ] {
        let metadata =
            std::fs::metadata(site.jail().join(directory)).unwrap_or_else(|why| panic!("{directory}: {why}"));
        assert_eq!(metadata.uid(), site.user_of(section), "{directory}");
        assert_eq!(metadata.mode() & 0o077, 0, "{directory}");
    }
}

#[test]
fn the_visitors_token_never_pays_for_the_owner() {
    let site = Site::start();
    let (owner, guest) = (site.register("owner"), site.register("guest"));
    site.register("third");
    save(
        &owner,
        "#!python\ntry:\n    api.call('xfer', target='third', zoobars=2)\n    print('paid')\nexcept Exception as e:\n    print('refused', e)\n",
    );
    guest.get("/users?user=owner").shows("paid");
    guest.get("/").shows("<b>Balance:</b> 10 zoobars<br />");
    owner.get("/").shows("<b>Balance:</b> 8 zoobars<br />");
}

#[test]
fn profiles_of_different_owners_run_at_the_same_time() {
    let site = Site::start();
    let slow = site.register("slow");
    let quick = site.register("quick");
    save(&slow, "#!python\nimport time\ntime.sleep(3)\nprint('slow is done')\n");
    save(&quick, "#!python\nprint('quick is done')\n");
    std::thread::scope(|scope| {
        let running = scope.spawn(|| slow.get("/users?user=slow"));
        std::thread::sleep(std::time::Duration::from_millis(300));
        quick.get("/users?user=quick").shows("quick is done");
        assert!(!running.is_finished(), "the slow one was waited for");
        running.join().expect("no panic").shows("slow is done");
    });
}
