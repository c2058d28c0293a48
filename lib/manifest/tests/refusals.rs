//! Each mistake that zook.conf can hold is refused with its line and what to write instead, and the same table without the
//! mistake is accepted.

use manifest::{Interface, Interfaces, Manifest};

const GOOD: &str = r"[zook]
    port = 0
    jail = /tmp/jail
    http_svcs = pages_svc
    extra_svcs = echo_svc, auth_svc
[zookd]
    cmd = zookd
    uid = 61011
    gid = 61011
[pages_svc]
    cmd = zoobar
    uid = 61015
    gid = 61015
    url = /zoobar/index\.cgi(/.*)?
    calls = echo_svc.Echo, auth_svc.Check
[echo_svc]
    cmd = echo
    uid = 61010
    gid = 61010
    interface = echo
[auth_svc]
    cmd = auth
    uid = 61016
    gid = 61016
    interface = auth
    owns = /db 0700
";

fn interfaces() -> Interfaces {
    let mut interfaces = Interfaces::default();
    for (file, text) in [
        ("echo", "interface org.zoobar.Echo\nmethod Echo(message: string) -> (reply: string)"),
        ("auth", "interface org.zoobar.Auth\nmethod Check(token: string) -> ()\nmethod Login() -> ()"),
    ] {
        interfaces.insert(file, Interface::scan(text).expect("is an interface"));
    }
    interfaces
}

/// Everything that is said about a table, as an operator reads it.
fn said(text: &str) -> String {
    match Manifest::parse(text, &interfaces()) {
        Ok(_) => String::new(),
        Err(problems) => problems.in_file("zook.conf").to_string(),
    }
}

/// Replaces one line of the good table and expects exactly this one complaint.
fn refused(line: &str, by: &str, complaint: &str) {
    assert_eq!(said(GOOD), "", "the table is good without the mistake");
    assert!(GOOD.contains(line), "{line:?} is not in the table");
    assert_eq!(said(&GOOD.replacen(line, by, 1)), complaint);
}

#[test]
fn an_unknown_key_is_refused() {
    let complaint = "zook.conf:10: [zookd] knows no key `chroot`; use one of cmd, uid, gid, args, extra_gids, dir, owns, \
                     reads, executes, writes, memory_mb, files, processes, userns, starts, tolerate";
    refused("    gid = 61011\n", "    gid = 61011\n    chroot = /jail\n", complaint);
}

#[test]
fn the_operator_can_call_only_what_there_is() {
    let calls = |what: &str| GOOD.replace("    port = 0\n", &format!("    port = 0\n    operator_calls = {what}\n"));
    assert_eq!(said(&calls("auth_svc.Check")), "");
    let complaint = "zook.conf:3: auth_svc (org.zoobar.Auth) has no method \"Chek\"; write one of Check, Login";
    assert_eq!(said(&calls("auth_svc.Chek")), complaint);
    assert!(said(&calls("bank_svc.Verify")).starts_with("zook.conf:3: there is no service bank_svc to call"));
}

#[test]
fn a_key_of_another_kind_of_service_is_refused() {
    let said = said(&GOOD.replace("    interface = echo\n", "    interface = echo\n    url = /x\n"));
    assert!(said.starts_with("zook.conf:21: [echo_svc] knows no key `url`; use one of"), "{said}");
}

#[test]
fn a_section_that_is_never_listed_is_refused() {
    let complaint =
        "zook.conf:10: [old_svc] is in no list; add it to http_svcs or extra_svcs of [zook], or delete the section";
    refused("[pages_svc]", "[old_svc]\n[pages_svc]", complaint);
}

#[test]
fn a_listed_service_without_a_section_is_refused() {
    let complaint = "zook.conf:5: there is no section [bank_svc]; add [bank_svc] with cmd, uid and gid";
    refused("echo_svc, auth_svc\n", "echo_svc, auth_svc, bank_svc\n", complaint);
}

#[test]
fn a_missing_cmd_uid_or_gid_is_refused() {
    refused("    cmd = echo\n", "", "zook.conf:16: [echo_svc] has no `cmd`; add a line like cmd = echo");
    refused("    uid = 61010\n", "", "zook.conf:16: [echo_svc] has no `uid`; add a line like uid = 61010");
    refused("    gid = 61010\n", "", "zook.conf:16: [echo_svc] has no `gid`; add a line like gid = 61010");
}

#[test]
fn an_http_service_without_a_url_is_refused() {
    let line = "    url = /zoobar/index\\.cgi(/.*)?\n";
    refused(line, "", "zook.conf:10: [pages_svc] has no `url`; add a line like url = /zoobar/index\\.cgi/echo");
}

#[test]
fn root_is_refused_as_user_and_as_group() {
    let complaint = "zook.conf:18: uid 0 is root; give every service a uid of its own, as in 61010";
    refused("uid = 61010", "uid = 0", complaint);
    let complaint = "zook.conf:19: gid 0 is root; give every service a gid of its own, as in 61010";
    refused("gid = 61010", "gid = 0", complaint);
    let complaint = "zook.conf:20: gid 0 is root; give every service a gid of its own, as in 61010";
    refused("    interface = echo", "    extra_gids = 0\n    interface = echo", complaint);
}

#[test]
fn a_user_or_group_of_two_services_is_refused() {
    let complaint = "zook.conf:18: [echo_svc] has the uid 61015 of [pages_svc]; give it a uid of its own";
    refused("uid = 61010", "uid = 61015", complaint);
    let complaint = "zook.conf:19: [echo_svc] has the gid 61015 of [pages_svc]; give it a gid of its own";
    refused("gid = 61010", "gid = 61015", complaint);
}

#[test]
fn two_services_on_one_url_are_refused() {
    let two = GOOD.replace("= pages_svc\n", "= pages_svc, more_svc\n")
        + "[more_svc]\n    cmd = zoobar\n    uid = 61099\n    gid = 61099\n";
    let url = "    url = /zoobar/index\\.cgi(/.*)?\n";
    assert_eq!(
        said(&(two.clone() + url)),
        "zook.conf:31: [more_svc] has the url /zoobar/index\\.cgi(/.*)? of [pages_svc]; give it a url of its own"
    );
    assert_eq!(said(&(two + "    url = /more\n")), "");
}

#[test]
fn a_regular_expression_that_does_not_compile_is_refused() {
    let complaint = "zook.conf:14: the url \"/zoobar/(\" does not compile (unclosed group); write a regular expression, with \
                     \\. for a dot, as in /zoobar/index\\.cgi(/.*)?";
    refused(r"/zoobar/index\.cgi(/.*)?", "/zoobar/(", complaint);
}

#[test]
fn a_call_to_what_does_not_exist_is_refused() {
    let complaint = "zook.conf:15: auth_svc (org.zoobar.Auth) has no method \"Chek\"; write one of Check, Login";
    refused("auth_svc.Check", "auth_svc.Chek", complaint);
    let complaint = "zook.conf:15: there is no service bank_svc to call; write one of auth_svc, echo_svc, or add bank_svc to \
                     extra_svcs";
    refused("auth_svc.Check", "bank_svc.Balance", complaint);
    let complaint = "zook.conf:15: \"auth_svc\" names no method; write SERVICE.METHOD, as in calls = auth_svc.Check";
    refused("auth_svc.Check", "auth_svc", complaint);
    let complaint = "zook.conf:27: pages_svc has no interface to call; give [pages_svc] a line interface = NAME";
    refused("    owns = /db 0700", "    owns = /db 0700\n    calls = pages_svc.Home", complaint);
}

#[test]
fn an_interface_that_is_not_installed_is_refused() {
    let text = GOOD.replace("interface = echo", "interface = eco");
    let complaint = "zook.conf:20: there is no interface \"eco\"; write one of those that are installed: auth, echo";
    assert!(said(&text).contains(complaint), "{}", said(&text));
}

#[test]
fn a_key_or_a_section_or_a_listing_twice_is_refused() {
    let complaint = "zook.conf:19: [echo_svc] has the key `uid` twice; keep this one or the one in line 18";
    refused("    uid = 61010\n", "    uid = 61010\n    uid = 61010\n", complaint);
    let complaint = "zook.conf:16: there are two sections [zookd]; join this one to line 6";
    refused("[echo_svc]", "[zookd]\n[echo_svc]", complaint);
    refused("= pages_svc", "= pages_svc, pages_svc", "zook.conf:4: pages_svc is listed twice; list each service once");
    refused("= pages_svc", "= zookd, pages_svc", "zook.conf:4: zookd is listed; delete it here: zookd always runs");
}

#[test]
fn a_root_directory_outside_the_jail_or_of_two_services_is_refused() {
    let complaint = "zook.conf:20: the dir \"../etc\" cannot be a root directory; write a path below the jail, without a / in \
                     front, .. and blanks, as in dir = echo";
    refused("    interface = echo", "    dir = ../etc\n    interface = echo", complaint);
    let complaint = "zook.conf:20: [echo_svc] and [pages_svc] have the same root directory, or one inside the other; give each \
                     a dir of its own";
    refused("    interface = echo", "    dir = pages/echo\n    interface = echo", complaint);
}

#[test]
fn an_owned_path_that_is_not_absolute_or_open_to_others_is_refused() {
    let complaint = "zook.conf:26: the path \"db\" cannot be used; write an absolute path without .., // and blanks, as in \
                     /srv/static";
    refused("/db 0700", "db 0700", complaint);
    let complaint = "zook.conf:26: \"0777\" cannot be the mode of an owned directory; write 0700, or 0750 to let its group \
                     read; never let others write";
    refused("/db 0700", "/db 0777", complaint);
}

#[test]
fn a_place_with_two_meanings_is_refused() {
    let complaint = "zook.conf:27: [auth_svc] has /db/x and /db, which are the same or one inside the other; name each place \
                     once, in owns, reads, executes or writes";
    refused("/db 0700", "/db 0700\n    reads = /srv/x:/db/x", complaint);
}

#[test]
fn a_pool_of_guests_that_holds_a_service_is_refused() {
    let complaint =
        "zook.conf:27: the pool 61000-61255 holds the user or group of [zookd]; choose a range that no service uses";
    let said = said(&GOOD.replace("/db 0700", "/db 0700\n    userns = 61000 256"));
    assert!(said.contains(complaint), "{said}");
    assert_eq!(self::said(&GOOD.replace("/db 0700", "/db 0700\n    userns = 63000 256")), "");
}

/// The good table with a service that starts zygotes, from line 27 on, and their sections.
fn with_zygotes(sections: &str) -> String {
    GOOD.to_owned() + "    starts = zygote\n" + sections
}

const DEFAULT: &str = "[zygote:default]\n    python = /usr/bin/python3\n";

#[test]
fn zygotes_and_the_service_that_starts_them_need_each_other() {
    assert_eq!(said(&with_zygotes(DEFAULT)), "");
    let complaint = "zook.conf:27: [auth_svc] starts zygotes, and there is no [zygote:default]; add that section, with \
                     python = /usr/bin/python3";
    assert_eq!(said(&with_zygotes("")), complaint);
    let complaint = "zook.conf:27: [zygote:default] is for a service that starts zygotes, and there is none; add starts = \
                     zygote to that service, or delete the section";
    assert_eq!(said(&(GOOD.to_owned() + DEFAULT)), complaint);
}

#[test]
fn a_zygote_that_is_not_well_formed_is_refused() {
    for (section, complaint) in [
        (
            "[zygote:science]\n",
            "zook.conf:30: [zygote:science] names no Python; add a line like python = /usr/bin/python3, or venv = \
             /srv/venvs/science",
        ),
        (
            "[zygote:Two words]\n    venv = /srv/x\n",
            "zook.conf:30: \"Two words\" cannot be the name of a zygote; use a few lower-case letters, digits and _, as in \
             [zygote:science]",
        ),
        (
            "[zygote:x]\n    python = python3\n",
            "zook.conf:31: the path \"python3\" cannot be used; write an absolute path without .., // and blanks, as in \
             /srv/static",
        ),
        (
            "[zygote:x]\n    venv = /srv/x\n    preimport = numpy, scipy as sp\n",
            "zook.conf:32: \"scipy as sp\" cannot be the name of a module; write names between commas, as in preimport = \
             numpy, numpy.random",
        ),
        (
            "[zygote:x]\n    venv = /srv/x\n    set.speed = 9\n",
            "zook.conf:32: [zygote:x] knows no key `set.speed`; use one of python, venv, preimport",
        ),
        (
            "[zygote:default]\n    venv = /srv/x\n",
            "zook.conf:30: there are two sections [zygote:default]; join this one to line 28",
        ),
    ] {
        assert_eq!(said(&with_zygotes(&(DEFAULT.to_owned() + section))), complaint);
    }
    assert_eq!(
        said(&with_zygotes(&(DEFAULT.to_owned() + "[zygote:x]\n    venv = /srv/x\n    preimport = numpy, a.b_1\n"))),
        ""
    );
}

#[test]
fn the_dispatcher_cannot_go_without_the_layer_that_forbids_dialling() {
    let complaint =
        "zook.conf:10: zookd cannot run without landlock-network; delete it here, and use a kernel from 6.7 on";
    refused("    gid = 61011\n", "    gid = 61011\n    tolerate = landlock-network\n", complaint);
    assert_eq!(said(&GOOD.replace("    gid = 61010\n", "    gid = 61010\n    tolerate = landlock-network\n")), "");
}

#[test]
fn numbers_and_addresses_out_of_bounds_are_refused() {
    refused("port = 0", "port = 65536", "zook.conf:2: port = 65536 is out of bounds; write a number from 0 to 65535");
    let complaint =
        "zook.conf:2: \"localhost\" is not a numeric address; write 127.0.0.1, or 0.0.0.0 to serve other machines too";
    refused("port = 0", "address = localhost", complaint);
    let complaint = "zook.conf:20: memory_mb = lots is out of bounds; write a number from 16 to 1048576";
    refused("    interface = echo", "    memory_mb = lots\n    interface = echo", complaint);
}

#[test]
fn a_line_that_is_neither_a_section_nor_a_key_is_refused() {
    let complaint = "zook.conf:2: \"port 0\" is neither a section nor a key; write [section] or key = value";
    refused("port = 0", "port 0", complaint);
    assert_eq!(
        said("port = 0\n").lines().next(),
        Some("zook.conf:1: the key `port` stands before any section; write [zook] above it")
    );
}

#[test]
fn every_mistake_is_reported_in_the_order_of_the_lines() {
    let said = said(&GOOD.replace("port = 0", "port = x").replace("uid = 61010", "uid = 0").replace(".Check", ".Chek"));
    let lines: Vec<&str> = said.lines().map(|line| line.split(": ").next().unwrap_or_default()).collect();
    assert_eq!(lines, ["zook.conf:2", "zook.conf:15", "zook.conf:18"]);
}

#[test]
fn a_file_that_is_too_large_is_refused_before_it_is_read() {
    let said = said(&"#".repeat(300 * 1024));
    assert!(said.starts_with("zook.conf:1: the file has 307200 bytes; keep it below 262144"), "{said}");
}

#[test]
fn a_file_of_noise_is_refused_and_does_not_fill_the_screen() {
    let said = said(&"=\u{7}\n\u{0}[x\n".repeat(2000));
    assert!(said.lines().count() < 60, "{}", said.lines().count());
}
