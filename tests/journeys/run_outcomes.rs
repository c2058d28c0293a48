//! Profiles that end badly: what they printed stands, one sentence says what happened, and the page is whole.

use harness::{Page, Site};

/// Saves a program for a new user, and shows what a visitor sees of it.
fn view(site: &Site, name: &str, program: &str) -> Page {
    let owner = site.register(name);
    let saved = owner.post("/", &[("profile_update", program), ("profile_cap", "50"), ("profile_submit", "Save")]);
    assert_eq!(saved.status, 200, "{}", saved.text);
    let page = owner.get(&format!("/users?user={name}"));
    assert_eq!(page.status, 200, "{}\n{}", page.text, site.said());
    page.shows("<table").shows("</html>");
    page
}

#[test]
fn what_was_printed_before_the_end_is_kept_whatever_the_end() {
    let site = Site::start();
    let programs = [
        ("syntax", "#!python\nprint('before'\n", ""),
        ("exception", "#!python\nprint('before')\n1/0\n", "before"),
        ("exit", "#!python\nprint('before')\nimport sys; sys.exit(3)\n", "before"),
        ("hard-exit", "#!python\nprint('before', flush=True)\nimport os; os._exit(4)\n", "before"),
        ("loop", "#!python\nprint('before', flush=True)\nwhile True: pass\n", "before"),
        ("memory", "#!python\nprint('before', flush=True)\nx = [bytearray(1 << 20) for _ in range(4096)]\n", "before"),
        ("flood", "#!python\nprint('before')\nwhile True: print('x' * 1000)\n", "before"),
        (
            "binary",
            "#!python\nimport sys\nprint('before', flush=True)\nsys.stdout.buffer.write(bytes(range(256)))\n",
            "before",
        ),
        (
            "fork",
            "#!python\nimport os\nprint('before')\ntry: os.fork()\nexcept OSError as e: print('refused')\n",
            "refused",
        ),
        ("abort", "#!python\nprint('before', flush=True)\nimport os; os.abort()\n", "before"),
    ];
    for (name, program, printed) in programs {
        view(&site, name, program).shows(printed);
    }
}

#[test]
fn a_visitor_reads_one_sentence_on_a_run_that_was_stopped() {
    let site = Site::start();
    let good = view(&site, "good", "#!python\nprint('fine')\n");
    good.shows("fine").hides("remark");
    for (name, program) in [
        ("loop", "#!python\nwhile True: pass\n"),
        ("flood", "#!python\nwhile True: print('x' * 1000)\n"),
        ("error", "#!python\n1/0\n"),
    ] {
        view(&site, name, program).shows("remark").hides("Traceback");
    }
}

#[test]
fn an_owner_sees_the_last_runs_of_the_profile_at_home() {
    let site = Site::start();
    let owner = site.register("owner");
    let guest = site.register("guest");
    let program = "#!python\nopen('kept', 'w').write('x' * 123)\nprint('hi')\nopen('/etc/passwd')\n";
    owner.post("/", &[("profile_update", program), ("profile_cap", "5"), ("profile_submit", "Save")]);
    guest.get("/users?user=owner").shows("hi");
    // The visitor does not wait until his visit is recorded.
    site.wait_until("the visit is told", || owner.get("/").text.contains("guest"));
    let home = owner.get("/");
    home.shows("value=\"5\"").shows(" of memory</td>").shows(">1, 123 B</td>");
    home.shows("FileNotFoundError").shows("there is no such file inside the sandbox");
}

#[test]
fn the_handouts_other_first_line_is_a_program_too() {
    let site = Site::start();
    view(&site, "slash", "#!/python\nprint(6 * 7)\n").shows("42").hides("6 * 7");
    view(&site, "text", " #!python\nprint(6 * 7)\n").shows("6 * 7");
}

#[test]
fn a_profile_spends_no_more_than_its_owner_allows() {
    let site = Site::start();
    let (owner, guest) = (site.register("owner"), site.register("guest"));
    let program = "#!python\nfor i in range(5):\n    try:\n        api.call('xfer', target='guest', zoobars=1); print('sent')\n    except Exception as e: print('no:', e)\n";
    owner.post("/", &[("profile_update", program), ("profile_cap", "3"), ("profile_submit", "Save")]);
    guest.get("/users?user=owner").shows("no:");
    guest.get("/users?user=owner");
    owner.get("/").shows("<b>Balance:</b> 7 zoobars<br />");
    guest.get("/").shows("<b>Balance:</b> 13 zoobars<br />");
}
