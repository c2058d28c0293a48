//! 2018, part 4, and all of 2012: executable profiles.

use harness::{Page, Site, Visitor};

/// Saves a program as somebody's profile.
fn save(owner: &Visitor, program: &str) {
    let page = owner.post("/", &[("profile_update", program), ("profile_cap", "50"), ("profile_submit", "Save")]);
    assert_eq!(page.status, 200, "{}", page.text);
}

/// One of the shipped profiles in one of the two dialects.
fn shipped(dialect: &str, name: &str) -> String {
    let path = harness::repository().join("profiles").join(dialect).join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

fn view(visitor: &Visitor, owner: &str) -> Page {
    let page = visitor.get(&format!("/users?user={owner}"));
    assert_eq!(page.status, 200, "{}", page.text);
    page
}

pub(crate) fn all_five(site: &Site) {
    for dialect in ["api", "proflib"] {
        let owner_name = format!("five-{dialect}");
        let owner = site.register(&owner_name);
        let guest_name = format!("guest-{dialect}");
        let guest = site.register(&guest_name);
        let show = |name: &str| {
            save(&owner, &shipped(dialect, name));
            view(&guest, &owner_name)
        };
        let hello = show("hello-user.py");
        hello.shows(&format!("Hello, <i> {guest_name} </i>")).shows("Current time: ");
        show("visit-tracker.py").shows("Your visit count: 0").shows("Your last visit: never");
        view(&guest, &owner_name).shows("Your visit count: 1").hides("never");
        show("last-visits.py").shows("Last 3 visitors:").shows(&format!("{guest_name} at "));
        show("xfer-tracker.py").shows("We never exchanged zoobars!");
        owner.post("/transfer", &[("zoobars", "2"), ("recipient", &guest_name), ("submission", "Send")]);
        view(&guest, &owner_name).shows("I gave you 2 zoobars @ ");
        show("granter.py").shows("Thanks for visiting.  I gave you one zoobar.");
        view(&guest, &owner_name).shows("I gave you a zoobar ").shows(" seconds ago");
        guest.get("/").shows("<b>Balance:</b> 13 zoobars<br />");
        owner.get("/").shows("<b>Balance:</b> 7 zoobars<br />");
    }
}

/// Names that a careless path would make one.
pub(crate) fn private_files(site: &Site) {
    let writer = "#!python\nopen('/tmp/mark', 'w').write(api.call('get_self'))\nprint('written')\n";
    let lister = "#!python\nimport os\nprint('files:', sorted(os.listdir('/tmp')))\n";
    let names = ["twin", "twin/.", "twin/../twin", "./twin"];
    let owners: Vec<Visitor> = names.iter().map(|name| site.register(name)).collect();
    save(&owners[0], writer);
    owners[0].get("/users?user=twin").shows("written");
    for (owner, name) in owners.iter().zip(names).skip(1) {
        save(owner, lister);
        let page = owner.get(&format!("/users?user={}", name.replace('/', "%2F")));
        page.shows("files: []");
    }
    save(&owners[0], lister);
    owners[0].get("/users?user=twin").shows("mark");
    // The files follow the owner, not the visitor.
    owners[1].get("/users?user=twin").shows("mark");
}

pub(crate) fn api_server_is_not_root(site: &Site) {
    for (service, user) in [("profile_svc", 18), ("api_svc", 21), ("sandbox_svc", 19)] {
        let process = site.process(user).unwrap_or_else(|| panic!("{service} does not run as its own user"));
        let seen = process.seen();
        assert!(seen.capabilities.are_none(), "{service} has capabilities");
    }
    let root: Vec<_> = site.processes().into_iter().filter(|process| process.uid == 0).collect();
    assert!(root.is_empty(), "these run as root on the host: {root:?}");
}

pub(crate) fn in_the_sandbox(site: &Site) {
    let owner = site.register("boxed");
    let program = "#!python\nimport os\n\
        for path in ('/etc/passwd', '/proc/self/status', '/jail', '/home'):\n    \
            try:\n        open(path).read(1); print('read', path)\n    \
            except OSError as error: print('no', path)\n\
        try:\n    os.fork(); print('forked')\n\
        except OSError: print('no fork')\n\
        import socket\n\
        try:\n    socket.socket(); print('socket')\n\
        except OSError: print('no socket')\n";
    save(&owner, program);
    let page = view(&owner, "boxed");
    page.shows("no /etc/passwd").shows("no /jail").shows("no fork").shows("no socket");
    page.hides("read /").hides("forked");
}

pub(crate) fn persistent_tmp(site: &Site) {
    let owner = site.register("keeper");
    let program = "#!python\nimport os\n\
        n = int(open('/tmp/n').read()) if os.path.exists('/tmp/n') else 0\n\
        open('/data/n', 'w').write(str(n + 1))\n\
        print('count', n, os.getcwd())\n";
    save(&owner, program);
    view(&owner, "keeper").shows("count 0 /tmp");
    view(&owner, "keeper").shows("count 1 /tmp");
}

pub(crate) fn get_xfers(site: &Site) {
    let owner = site.register("giver");
    site.register("taker");
    owner.post("/transfer", &[("zoobars", "4"), ("recipient", "taker"), ("submission", "Send")]);
    save(
        &owner,
        "#!python\nimport proflib\nfor x in proflib.get_xfers('giver'):\n    print(x['sender'], x['recipient'], x['amount'], len(x['time'].split()))\n",
    );
    view(&owner, "giver").shows("giver taker 4 5");
}

pub(crate) fn get_user_and_xfer(site: &Site) {
    let owner = site.register("payer");
    let guest = site.register("payee");
    save(
        &owner,
        "#!python\nimport proflib\nv = proflib.get_param('ZOOBAR_VISITOR')\nprint('before', proflib.get_user(v)['zoobars'], proflib.get_user('nobody at all'))\nproflib.xfer(v, 1)\nprint('after', proflib.get_user(v)['zoobars'])\n",
    );
    view(&guest, "payer").shows("before 10 None").shows("after 11");
}

pub(crate) fn sub_directories(site: &Site) {
    let owner = site.register("climber");
    save(
        &owner,
        "#!python\nimport os, shutil\n\
        shutil.rmtree('book', ignore_errors=True)\n\
        os.makedirs('book/pages')\n\
        open('book/pages/1', 'w').write('one')\n\
        os.rename('book/pages/1', 'book/first')\n\
        os.rmdir('book/pages')\n\
        print(os.listdir('book'), open('/tmp/book/first').read())\n\
        os.rename('book', 'shelf')\n\
        os.unlink('shelf/first')\n\
        print(os.path.exists('book'), os.listdir('shelf'))\n\
        os.rmdir('shelf')\n",
    );
    view(&owner, "climber").shows("['first'] one").shows("False []");

    for dialect in ["api", "proflib"] {
        let name = format!("book-{dialect}");
        let owner = site.register(&name);
        save(&owner, &shipped(dialect, "guest-book.py"));
        // Three lines on each of three pages; the tenth line costs the oldest page.
        for (visit, lines) in [1, 2, 3, 4, 5, 6, 7, 8, 9, 7, 8].into_iter().enumerate() {
            let page = view(&owner, &name);
            assert_eq!(page.text.matches(&format!("{name} at ")).count(), lines, "visit {visit}:\n{}", page.text);
        }
    }
}

pub(crate) fn symbolic_links(site: &Site) {
    let owner = site.register("linker");
    save(
        &owner,
        "#!python\nimport os\n\
        for name in os.listdir('.'):\n    os.unlink(name)\n\
        open('entry', 'w').write('inside')\n\
        os.symlink('entry', 'current')\n\
        print(os.readlink('current'), open('current').read())\n\
        for target in ('/etc/passwd', '../etc/passwd', '../../../../etc/passwd', '/proc/self/mem', 'loop'):\n    \
            if os.path.lexists('loop'): os.unlink('loop')\n    \
            os.symlink(target, 'loop')\n    \
            try:\n        open('loop').read(1); print('escaped', target)\n    \
            except OSError: print('refused', target)\n",
    );
    let page = view(&owner, "linker");
    page.shows("entry inside").shows("refused /etc/passwd").shows("refused ../etc/passwd").shows("refused loop");
    page.hides("escaped");

    for dialect in ["api", "proflib"] {
        let name = format!("diary-{dialect}");
        let owner = site.register(&name);
        save(&owner, &shipped(dialect, "diary.py"));
        view(&owner, &name).shows("Nobody was here before you.").shows("Entries in the diary: 1");
        for before in 1..=11 {
            view(&owner, &name).shows(&format!("Before you: {name} at ")).shows(&format!(", entry {before}\n"));
        }
        view(&owner, &name).shows("Entries in the diary: 10");
    }
}
