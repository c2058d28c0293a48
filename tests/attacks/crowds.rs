//! Many at a time: callers, visitors and bodies up to the limits, and nobody at the terminal.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use harness::{Site, Visitor, status_of};

/// Connections that zook.conf's services grant each caller, and some more.
const CONNECTIONS: usize = 70;
/// Just below the longest call.
const LONG_CALL: usize = 500 * 1024;
/// More bodies of this size than zookd keeps in memory at a time.
const BODIES: usize = 72;
const BODY: usize = 1024 * 1024;

const BALANCE: &str = "{\"method\":\"org.zoobar.Bank.Balance\",\"parameters\":{\"username\":\"alice\"}";

fn balance(visitor: &Visitor) -> u64 {
    let page = visitor.get("/");
    let digits =
        page.shows("<b>Balance:</b> ").text.split("<b>Balance:</b> ").nth(1).and_then(|rest| rest.split(' ').next());
    digits.and_then(|digits| digits.parse().ok()).expect("a number")
}

/// What a service says before it closes the connection, or falls silent.
fn said(stream: &mut UnixStream) -> String {
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("sets");
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

/// One long call, but for its last byte.
fn all_but_the_end(site: &Site, caller: &str) -> UnixStream {
    let mut stream = site.connect_as(caller, "bank_svc");
    let padding = " ".repeat(LONG_CALL);
    // Those beyond the caller's share are closed while this is written.
    let _ = stream.write_all(format!("{BALANCE}{padding}}}").as_bytes());
    stream
}

#[test]
fn calls_that_never_end_up_to_the_limits_of_two_callers_leave_the_bank_to_the_third() {
    let site = Site::start();
    let alice = site.register("alice");
    let before = site.process(17).expect("the bank runs").pid;
    let callers = ["api_svc", "auth_svc"];
    let mut held: Vec<UnixStream> =
        callers.iter().flat_map(|caller| (0..CONNECTIONS).map(|_| all_but_the_end(&site, caller))).collect();
    assert_eq!(balance(&alice), 10, "{}", site.said());

    // The twin: the same call is answered when it ends, and has to be told apart from one that does not.
    let mut whole = all_but_the_end(&site, "dynamic_svc");
    whole.write_all(b"\0").expect("the bank listens");
    let _ = whole.shutdown(Shutdown::Write);
    assert!(said(&mut whole).contains("\"zoobars\":10"));
    for stream in &mut held {
        assert_eq!(said(stream), "", "an unfinished call was answered");
    }
    assert_eq!(site.process(17).expect("the bank runs").pid, before, "it was restarted");
}

#[test]
fn a_crowd_gets_its_pages_and_no_zoobar_is_lost_in_it() {
    let site = Site::start();
    let names: Vec<String> = (0..12).map(|number| format!("user{number}")).collect();
    let users: Vec<Visitor> = names.iter().map(|name| site.register(name)).collect();
    let program = "#!python\nprint('seen by', api.call('get_visitor'))\n";
    users[0]
        .post("/", &[("profile_update", program), ("profile_cap", "1"), ("profile_submit", "Save")])
        .shows("Saved.");
    std::thread::scope(|scope| {
        for (number, user) in users.iter().enumerate() {
            let next = &names[(number + 1) % names.len()];
            // Several windows of each visitor's browser.
            for _ in 0..6 {
                scope.spawn(move || {
                    user.get("/").shows("<b>Balance:</b>");
                    let sent = user.post("/transfer", &[("zoobars", "1"), ("recipient", next), ("submission", "Send")]);
                    sent.shows("Sent 1 zoobars");
                    let page = user.get("/users?user=user0");
                    assert_eq!(page.status, 200);
                    let busy = page.text.contains("Too many profiles are running");
                    assert!(busy || page.text.contains(&format!("seen by user{number}")), "{}", page.text);
                    user.get("/log").shows(next);
                });
            }
        }
    });
    assert_eq!(users.iter().map(balance).sum::<u64>(), 10 * users.len() as u64);
    users[0].get("/users?user=user0").shows("seen by user0");
}

/// More than there are places for runs, and owners enough that no owner's line is full before.
const LOOKS: usize = 40;
const SLEEPERS: usize = 4;

#[test]
fn one_visitor_who_looks_at_many_slow_profiles_leaves_room_for_the_others() {
    let site = Site::start();
    let save = |name: &str, program: &str| {
        let form = [("profile_update", program), ("profile_cap", "0"), ("profile_submit", "Save")];
        site.register(name).post("/", &form).shows("Saved.");
    };
    let sleepers: Vec<String> = (0..SLEEPERS).map(|number| format!("sleeper{number}")).collect();
    for name in &sleepers {
        save(name, "#!python\nimport time\ntime.sleep(4)\nprint('slept well')\n");
    }
    save("quick", "#!python\nprint('here at once')\n");
    let (flood, other) = (site.register("flood"), site.register("other"));
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        for look in 0..LOOKS {
            let (tell, flood, owner) = (tell.clone(), &flood, &sleepers[look % SLEEPERS]);
            scope.spawn(move || tell.send(flood.get(&format!("/users?user={owner}")).text));
        }
        // Those who are turned away hear it at once, and by then all places that there are for him are taken.
        for _ in 0..LOOKS - SLEEPERS * 9 {
            assert!(told.recv().expect("a page").contains("Too many profiles are running"));
        }
        other.get("/users?user=quick").shows("here at once");
        // The control: those who were not turned away were shown what they waited for.
        assert!((0..SLEEPERS * 9).any(|_| told.recv().expect("a page").contains("slept well")));
    });
}

/// A form with a body of one megabyte, but for its last byte.
fn a_slow_body(site: &Site) -> TcpStream {
    let mut stream = TcpStream::connect(site.address()).expect("the site listens");
    let head = format!(
        "POST /zoobar/index.cgi/login HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: \
         application/x-www-form-urlencoded\r\nContent-Length: {BODY}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).expect("writes");
    // It may be refused before all of it is there.
    let _ = stream.write_all(&vec![b'x'; BODY - 1]);
    stream
}

/// The answer to it, with its last byte.
fn end_of(mut body: TcpStream) -> u16 {
    let _ = body.write_all(b"x");
    body.set_read_timeout(Some(Duration::from_secs(20))).expect("sets");
    let mut answer = Vec::new();
    let _ = body.read_to_end(&mut answer);
    status_of(&String::from_utf8_lossy(&answer))
}

#[test]
fn slow_large_bodies_up_to_the_limit_do_not_keep_anybody_from_logging_in() {
    let site = Site::start();
    let mut held: Vec<TcpStream> = (0..BODIES).map(|_| a_slow_body(&site)).collect();
    site.wait_until("there is room for no further body", || {
        let refused = end_of(a_slow_body(&site)) == 503;
        if !refused {
            held.push(a_slow_body(&site));
        }
        refused
    });
    let alice = site.register("alice");
    assert_eq!(balance(&alice), 10, "{}", site.said());
    // The twin: a body that was there in time is read to its end, and found too long for a form.
    assert_eq!(end_of(held.swap_remove(0)), 413);
    drop(held);
    site.wait_until("there is room again", || end_of(a_slow_body(&site)) == 413);
}

#[test]
fn a_terminal_that_nobody_reads_stops_neither_the_services_nor_the_launcher() {
    let site = Site::start_unread();
    let alice = site.register("alice");
    let open = "{\"method\":\"org.zoobar.Bank.Open\",\"parameters\":{\"username\":\"mint\"}}\0";
    // Each leaves a warning of some hundred bytes for the operator; a pipe holds 64 KiB.
    let mut stream = site.connect_as("dynamic_svc", "bank_svc");
    let mut reading = stream.try_clone().expect("another descriptor");
    let answers = std::thread::spawn(move || said(&mut reading).matches("PermissionDenied").count());
    stream.write_all(open.repeat(3000).as_bytes()).expect("the bank reads on");
    stream.shutdown(Shutdown::Write).expect("ends");
    assert_eq!(answers.join().expect("no panic"), 3000);
    let before = site.process(10).expect("echo_svc runs");
    let pid = rustix::process::Pid::from_raw(before.pid.cast_signed()).expect("a process id");
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).expect("it is there");
    site.wait_until("the launcher has replaced it", || site.process(10).is_some_and(|now| now.pid != before.pid));
    assert_eq!(balance(&alice), 10);
}
