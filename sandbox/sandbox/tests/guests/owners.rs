//! What is an owner's stays his, whatever the owners are called.

use std::os::unix::fs::PermissionsExt;

use crate::visit::{printed, run, store};

#[test]
fn files_stay_from_run_to_run() {
    printed("owner-keeps", "open('count', 'w').write('1')");
    assert_eq!(printed("owner-keeps", "print(open('/data/count').read())"), "1\n");
    let many = "import os\nos.makedirs('a/b')\nopen('a/b/c', 'w').write('deep')\nos.symlink('a/b/c', 'short')\n";
    printed("owner-keeps", many);
    assert_eq!(printed("owner-keeps", "print(open('short').read())"), "deep\n");
}

#[test]
fn owners_with_look_alike_names_share_nothing() {
    let names =
        ["test1", "test1/.", "test1/", "./test1", "../x", "/", "", ".", "..", "a/b", "a\0b", "ä", "A", "a", "x y"];
    for name in names {
        printed(name, &format!("open('mine', 'w').write({name:?})"));
    }
    for name in names {
        let seen = printed(name, "import os; print(ascii(open('mine').read()), os.listdir('.'))");
        assert!(seen.ends_with("['mine']\n"), "{name}: {seen}");
        let expected = printed("owner-ascii", &format!("print(ascii({name:?}))"));
        assert_eq!(seen.split(" [").next(), Some(expected.trim()), "{name}");
    }
}

#[test]
fn what_is_on_disk_is_private_and_has_no_owners_name_in_it() {
    printed("owner-name-of-mine", "open('secret-file', 'w').write('x')");
    for entry in std::fs::read_dir(store()).expect("readable by root") {
        let entry = entry.expect("readable");
        let name = entry.file_name().into_string().expect("hexadecimal");
        assert!(name.len() == 64 && name.chars().all(|c| c.is_ascii_hexdigit()), "{name}");
        assert_eq!(entry.metadata().expect("there").permissions().mode() & 0o777, 0o700);
    }
}

#[test]
fn what_a_run_left_in_memory_is_gone_in_the_next() {
    printed("owner-memory", "import sys, json\nsys.secret = 1\njson.loads = None\n");
    let next = "import sys, json\nprint(hasattr(sys, 'secret'), json.loads('2'))\n";
    for _ in 0..10 {
        assert_eq!(printed("owner-memory-other", next), "False 2\n");
    }
}

#[test]
fn how_one_run_reads_its_input_no_other_can_see() {
    let set = "import os\nos.set_blocking(0, False)\nprint(os.get_blocking(0))\n";
    for _ in 0..10 {
        assert_eq!(printed("owner-input", set), "False\n");
        assert_eq!(printed("owner-input-other", "import os; print(os.get_blocking(0))"), "True\n");
    }
}

#[test]
fn runs_of_one_owner_follow_each_other() {
    let count = "import time\n\
        try: n = int(open('n').read())\n\
        except FileNotFoundError: n = 0\n\
        time.sleep(0.01)\n\
        open('n', 'w').write(str(n + 1))\n";
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..4 {
                    printed("owner-serial", count);
                }
            });
        }
    });
    assert_eq!(printed("owner-serial", "print(open('n').read())"), "32\n");
}

#[test]
fn a_run_that_is_killed_leaves_what_it_had_written_whole() {
    let outcome =
        run("owner-killed", "import os\nwith open('a', 'w') as f: f.write('whole')\nos.kill if 0 else os.abort()\n");
    assert_eq!(outcome.ending, sandbox::Ending::Crashed { signal: 6 });
    assert_eq!(printed("owner-killed", "print(open('a').read())"), "whole\n");
}
