//! What an author reads when the program fails.

use sandbox::Ending;

use crate::fixture::{said, text};
use crate::visit::run;

/// The error output of a program that ends with an exception.
fn read(code: &str) -> String {
    let outcome = run("inside-tracebacks", code);
    assert_eq!(outcome.ending, Ending::Finished { exit_code: 1 }, "{}", said(&outcome));
    text(&outcome.errors)
}

#[test]
fn a_traceback_shows_the_programs_lines_and_nothing_of_the_sandbox() {
    let expected = "Traceback (most recent call last):\n  \
          File \"profile.py\", line 4, in <module>\n    \
            outer()\n  \
          File \"profile.py\", line 3, in outer\n    \
            return {}['key']\n           ";
    let told = read("\ndef outer():\n    return {}['key']\nouter()\n");
    assert!(told.starts_with(expected) && told.ends_with("KeyError: 'key'\n"), "{told}");
}

#[test]
fn a_mistake_in_writing_is_shown_where_it_is() {
    let told = read("x = 1\nif x == 1\n    pass\n");
    assert!(told.contains("File \"profile.py\", line 2\n    if x == 1\n"), "{told}");
    assert!(told.ends_with("SyntaxError: expected ':'\n") && !told.contains("Traceback"), "{told}");
}

#[test]
fn causes_modules_of_its_own_and_the_library_are_shown_too() {
    let told = read(
        "import sys\nsys.path.insert(0, '/tmp')\n\
         open('own.py', 'w').write('def fail():\\n    raise ValueError(\"deep\")\\n')\nimport own, json\n\
         try: own.fail()\nexcept ValueError as error:\n    json.loads('{')\n",
    );
    let parts = [
        "File \"/tmp/own.py\", line 2, in fail\n    raise ValueError(\"deep\")\nValueError: deep\n",
        "During handling of the above exception, another exception occurred:\n",
        "File \"profile.py\", line 7, in <module>\n    json.loads('{')\n",
        "/json/__init__.py\", line ",
    ];
    for part in parts {
        assert!(told.contains(part), "{part}\n{told}");
    }
}

#[test]
fn an_exception_in_a_thread_is_shown_and_does_not_end_the_program() {
    let code = "import threading\nthread = threading.Thread(target=lambda: 1 / 0, name='worker')\n\
        thread.start(); thread.join()\nprint('goes on')\n";
    let outcome = run("inside-tracebacks", code);
    assert_eq!(outcome.ending, Ending::Finished { exit_code: 0 }, "{}", said(&outcome));
    let told = text(&outcome.errors);
    assert!(
        told.starts_with("Exception in thread worker:\n") && told.contains("File \"profile.py\", line 2"),
        "{told}"
    );
    assert_eq!(text(&outcome.output), "goes on\n");
}
