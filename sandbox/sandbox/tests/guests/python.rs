//! What an author finds: arguments, the API in both dialects, a fresh interpreter.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;

use sandbox::{Ending, Outcome, Request};

use crate::fixture::{request, said, text};
use crate::visit::{printed, sandbox};

/// Runs a program whose calls are answered by `answer`: a line for a line.
fn served(code: &str, answer: fn(&str) -> String) -> Outcome {
    let (ours, theirs) = UnixStream::pair().expect("a pair of sockets");
    let host = std::thread::spawn(move || {
        let mut lines = BufReader::new(ours.try_clone().expect("a second handle"));
        let mut writer = ours;
        let mut line = String::new();
        while lines.read_line(&mut line).is_ok_and(|length| length > 0) {
            if writer.write_all(format!("{}\n", answer(&line)).as_bytes()).is_err() {
                break;
            }
            line.clear();
        }
    });
    let arguments = vec!["ZOOBAR_SELF=alice".into(), "ZOOBAR_VISITOR=bob=x".into()];
    let request = Request { api: Some(theirs.into()), arguments, ..request("python-api", code) };
    let outcome = sandbox().run(request).expect("there is room");
    host.join().expect("no panic");
    outcome
}

fn echo(line: &str) -> String {
    format!("{{\"ok\": {}}}", line.trim())
}

#[test]
fn the_hosts_services_are_there_by_name_by_import_and_by_proflib() {
    let code = "print(api.call('get_self'))\n\
        import api as imported\n\
        print(imported is api, api.call('xfer', target='ä', zoobars=1))\n\
        import proflib\n\
        print(proflib.get_param('ZOOBAR_SELF'), proflib.get_param('ZOOBAR_VISITOR'))\n\
        print(proflib.get_user('u'), proflib.get_xfers('u'), proflib.xfer('r', 2))\n";
    let outcome = served(code, echo);
    assert_eq!(outcome.ending, Ending::Finished { exit_code: 0 }, "{}", said(&outcome));
    let expected = "['get_self', {}]\n\
        True ['xfer', {'target': 'ä', 'zoobars': 1}]\n\
        alice bob=x\n\
        ['get_user_info', {'username': 'u'}] ['get_xfers', {'username': 'u'}] ['xfer', {'target': 'r', 'zoobars': 2}]\n";
    assert_eq!(text(&outcome.output), expected);
}

#[test]
fn a_refusal_of_the_host_is_an_exception_with_its_words() {
    let code = "try: api.call('xfer')\nexcept api.Error as error: print('no:', error)\n";
    let outcome = served(code, |_| "{\"error\": \"not enough zoobars\"}".into());
    assert_eq!(text(&outcome.output), "no: not enough zoobars\n", "{}", said(&outcome));
}

#[test]
fn without_a_connection_a_call_fails_and_nothing_else_does() {
    let code = "try: api.call('get_self')\nexcept api.Error as error: print(error)\n";
    let said = printed("python", code);
    assert!(said == "this run has no connection to the host\n" || said == "the host closed the connection\n", "{said}");
}

#[test]
fn a_program_is_main_in_a_fresh_interpreter() {
    let code = "import sys\nprint(__name__, __file__, sys.argv, sorted(k for k in globals() if k[0] != '_'))\n";
    assert_eq!(printed("python", code), "__main__ profile.py ['profile.py'] ['api', 'sys']\n");
}

#[test]
fn chance_and_hashes_differ() {
    let code = "import os, random, uuid\nprint(random.random(), os.urandom(4).hex(), uuid.uuid4())\n";
    assert_ne!(printed("python", code), printed("python", code));
}

#[test]
fn the_first_thread_is_the_childs_and_not_the_zygotes() {
    let code = "import threading\nmain = threading.main_thread()\n\
        print(main.native_id == threading.get_native_id(), main is threading.current_thread(), main.is_alive())\n\
        threading.Thread(target=print, args=('another', threading.active_count())).start()\n";
    assert_eq!(printed("python", code), "True True True\nanother 1\n");
}

#[test]
fn text_is_utf_8_throughout() {
    let code = "import sys\nprint('grüße ✓', sys.stdout.encoding, sys.getfilesystemencoding())\n";
    assert_eq!(printed("python", code), "grüße ✓ utf-8 utf-8\n");
}
