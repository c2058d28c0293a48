//! Profiles that choose a Python by their first line.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;

use harness::{Page, Site, Visitor};
use tempfile::TempDir;

/// A virtual environment with one module, made by hand. Not in `/tmp`, which programs have of their own.
fn venv() -> TempDir {
    let open = fs::Permissions::from_mode(0o755);
    let venv = tempfile::Builder::new().permissions(open).tempdir_in("/var/tmp").expect("a temporary directory");
    let packages = venv.path().join("lib").join(version()).join("site-packages");
    fs::create_dir_all(&packages).expect("can be made");
    fs::write(venv.path().join("pyvenv.cfg"), "home = /usr/bin\n").expect("can be written");
    fs::write(packages.join("stars.py"), "def bright(): return 'Sirius'\n").expect("can be written");
    venv
}

/// `python3.N`.
fn version() -> String {
    let python = Path::new("/usr/bin/python3").canonicalize().expect("it is installed");
    python.file_name().and_then(|name| name.to_str()).expect("python3.N").to_owned()
}

/// Saves a profile, and shows it to its owner.
fn shown(owner: &Visitor, name: &str, program: &str) -> Page {
    owner.post("/", &[("profile_update", program), ("profile_cap", "50"), ("profile_submit", "Save")]);
    owner.get(&format!("/users?user={name}"))
}

#[test]
fn a_profile_chooses_its_python_and_has_what_is_installed_there() {
    let venv = venv();
    let site = Site::start_with(|conf| {
        conf.add(&format!("[zygote:science]\n    venv = {}\n    preimport = stars\n", venv.path().display()));
    });
    let owner = site.register("owner");
    let look =
        "\ntry:\n    import stars\n    print('It is', stars.bright())\nexcept ImportError:\n    print('Too dark.')\n";
    for first in ["#!python science", "#!/python science \r"] {
        shown(&owner, "owner", &format!("{first}{look}")).shows("It is Sirius").hides("remark");
    }
    for first in ["#!python", "#!python default"] {
        shown(&owner, "owner", &format!("{first}{look}")).shows("Too dark.").hides("Sirius");
    }
    shown(&owner, "owner", "#!python science\nopen('kept', 'w').write('by science')\n");
    shown(&owner, "owner", "#!python\nprint(open('kept').read())\n").shows("by science");
}

#[test]
fn a_profile_that_chooses_a_python_that_is_not_there_is_told_which_there_are() {
    let site = Site::start();
    let owner = site.register("owner");
    let page = shown(&owner, "owner", "#!python magic\nprint('abracadabra')\n");
    page.shows("This site has no Python called &#39;magic&#39;; it has: default.").hides("abracadabra");
    site.wait_until("the owner is told at home", || owner.get("/").text.contains("This site has no Python called"));
    let page = shown(&owner, "owner", "#!python <b>magic</b>\nprint('abracadabra')\n");
    page.shows("This site has no such Python; it has: default.").hides("magic");
    shown(&owner, "owner", "#!python\nprint('hocus pocus')\n").shows("hocus pocus");
}

#[test]
fn a_python_that_will_not_do_is_refused_with_its_line() {
    let venv = venv();
    let packages = venv.path().join("lib");
    fs::remove_dir_all(&packages).expect("it is there");
    for (section, because) in [
        ("python = /bin/sh", "[zygote:science] /bin/sh is not the program of a CPython"),
        ("python = /nowhere/python3", "[zygote:science] /nowhere/python3 cannot be found; name a Python such as"),
        (&format!("venv = {}", venv.path().display()), "has no packages for Python 3."),
    ] {
        let mut line = 0;
        let ended = Site::refused(|conf| {
            line = conf.text.lines().count() + 1;
            conf.add(&format!("[zygote:science]\n    {section}\n"));
        });
        assert_eq!(ended.code, Some(1), "{}", ended.said);
        assert!(ended.said.contains(&format!("zook.conf:{line}: ")), "{}", ended.said);
        assert!(ended.said.contains(because), "{}", ended.said);
    }
}

#[test]
fn packages_that_others_could_change_are_not_believed() {
    let nobody = |path: &Path| chown(path, Some(65534), Some(65534)).expect("we are root");
    let open = |path: &Path| fs::set_permissions(path, fs::Permissions::from_mode(0o777)).expect("ours");
    let packages = format!("lib/{}/site-packages", version());
    let module = format!("{packages}/stars.py");
    for (changed, change, because) in [
        (&*packages, &open as &dyn Fn(&Path), "others can write"),
        (&*module, &open, "others can write"),
        (&*module, &nobody, "belongs to uid 65534"),
        ("lib", &nobody, "belongs to uid 65534"),
    ] {
        let venv = venv();
        change(&venv.path().join(changed));
        let section = format!("[zygote:science]\n    venv = {}\n", venv.path().display());
        let ended = Site::refused(|conf| conf.add(&section));
        assert!(ended.said.contains(because), "{changed}: {}", ended.said);
    }
}
