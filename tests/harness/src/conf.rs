//! The site's own zook.conf, moved to another place, port and range of users.

use std::path::Path;

/// First of the users that the shipped zook.conf names.
const SHIPPED_FIRST: u32 = 61_000;
/// First host user of the guests in the shipped zook.conf.
const SHIPPED_GUESTS: u32 = 63_100;

/// The text of a zook.conf, to be changed by tests.
#[derive(Debug, Clone)]
pub struct Conf {
    /// What will be written.
    pub text: String,
}

impl Conf {
    /// The shipped table for a site in `jail` with users from `first_uid` on.
    pub(crate) fn shipped(jail: &Path, first_uid: u32) -> Self {
        let shipped =
            std::fs::read_to_string(crate::programs().join("zook.conf")).expect("make programs puts it there");
        let moved = shipped.lines().map(|line| move_users(line, first_uid)).collect::<Vec<_>>().join("\n") + "\n";
        let mut conf = Self { text: moved };
        conf.set("zook", "port", "0");
        conf.set("zook", "jail", &jail.display().to_string());
        conf
    }

    /// Sets a key of a section, whether it is there or not.
    pub fn set(&mut self, section: &str, key: &str, value: &str) {
        let mut lines: Vec<String> = Vec::new();
        let mut inside = false;
        for line in self.text.lines() {
            let trimmed = line.trim();
            if let Some(name) = trimmed.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
                inside = name == section;
                lines.push(line.to_owned());
                if inside {
                    lines.push(format!("    {key} = {value}"));
                }
            } else if !(inside && trimmed.split('=').next().is_some_and(|name| name.trim() == key)) {
                lines.push(line.to_owned());
            }
        }
        self.text = lines.join("\n") + "\n";
    }

    /// Adds lines at the end.
    pub fn add(&mut self, lines: &str) {
        self.text.push_str(lines);
    }

    /// Replaces one piece of text, which must be there.
    pub fn replace(&mut self, from: &str, to: &str) {
        assert!(self.text.contains(from), "{from:?} is not in zook.conf");
        self.text = self.text.replace(from, to);
    }
}

/// Moves the numbers 61000-61099 and 63100 of a line to the test's range.
fn move_users(line: &str, first_uid: u32) -> String {
    let mut moved = String::new();
    let mut digits = String::new();
    for character in line.chars().chain(['\n']) {
        if character.is_ascii_digit() {
            digits.push(character);
            continue;
        }
        moved.push_str(&match digits.parse::<u32>() {
            Ok(uid) if (SHIPPED_FIRST..SHIPPED_FIRST + 100).contains(&uid) => {
                (uid - SHIPPED_FIRST + first_uid).to_string()
            }
            Ok(SHIPPED_GUESTS) => (first_uid + 200).to_string(),
            _ => digits.clone(),
        });
        digits.clear();
        if character != '\n' {
            moved.push(character);
        }
    }
    moved
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_move_and_other_numbers_stay() {
        assert_eq!(move_users("uid = 61016", 200_000), "uid = 200016");
        assert_eq!(move_users("userns = 63100 256", 200_000), "userns = 200200 256");
        assert_eq!(move_users("port = 8080 # 161016", 200_000), "port = 8080 # 161016");
    }

    #[test]
    fn a_key_is_replaced_in_its_own_section_only() {
        let mut conf = Conf { text: "[a]\n  k = 1\n[b]\n  k = 1\n".into() };
        conf.set("b", "k", "2");
        assert_eq!(conf.text, "[a]\n  k = 1\n[b]\n    k = 2\n");
    }
}
