//! Which methods exist: the few words of a varlink definition that a list of callers needs.

use std::collections::BTreeMap;
use std::fmt;

/// Longest definition, in bytes.
const MAX_DEFINITION: usize = 256 * 1024;
/// Most methods of one interface.
const MAX_METHODS: usize = 256;

/// The name of an interface and of its methods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    name: String,
    methods: Vec<String>,
}

/// Every interface that a service can name, by the name of its file without `.varlink`.
#[derive(Debug, Clone, Default)]
pub struct Interfaces(BTreeMap<String, Interface>);

/// Why a text is no interface.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InterfaceError {
    /// Longer than any interface should be.
    #[error("it has more than {MAX_DEFINITION} bytes or {MAX_METHODS} methods")]
    TooLong,
    /// No line `interface org.example.Name`.
    #[error("it has no line \"interface NAME\" with a name like org.zoobar.Echo")]
    NoName,
    /// A word after `method` that is no name.
    #[error("{0:?} cannot be the name of a method")]
    BadMethod(String),
}

impl Interface {
    /// Scans a varlink definition for its `interface` and `method` lines; the service itself checks the rest.
    pub fn scan(definition: &str) -> Result<Self, InterfaceError> {
        if definition.len() > MAX_DEFINITION {
            return Err(InterfaceError::TooLong);
        }
        let mut name = None;
        let mut methods = Vec::new();
        for line in definition.lines() {
            if let Some(rest) = line.strip_prefix("interface ") {
                name = name.or(Some(rest.trim()));
            } else if let Some(rest) = line.strip_prefix("method ") {
                let method = rest.split('(').next().unwrap_or_default().trim();
                if !is_word(method) {
                    return Err(InterfaceError::BadMethod(method.to_owned()));
                }
                methods.push(method.to_owned());
            }
        }
        let dotted = |name: &&str| name.contains('.') && name.split('.').all(is_word);
        let name = name.filter(dotted).ok_or(InterfaceError::NoName)?.to_owned();
        if methods.len() > MAX_METHODS {
            return Err(InterfaceError::TooLong);
        }
        Ok(Self { name, methods })
    }

    /// Its full name, such as `org.zoobar.Bank`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its methods, such as `Balance`.
    pub fn methods(&self) -> &[String] {
        &self.methods
    }

    /// A method's full name, such as `org.zoobar.Bank.Balance`.
    pub fn full_name(&self, method: &str) -> String {
        format!("{}.{method}", self.name)
    }
}

fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

impl Interfaces {
    /// Adds one; `file` is its file's name without `.varlink`.
    pub fn insert(&mut self, file: impl Into<String>, interface: Interface) {
        self.0.insert(file.into(), interface);
    }

    pub(crate) fn named(&self, file: &str) -> Option<&Interface> {
        self.0.get(file)
    }

    pub(crate) fn files(&self) -> String {
        let files: Vec<&str> = self.0.keys().map(String::as_str).collect();
        if files.is_empty() { "none".to_owned() } else { files.join(", ") }
    }
}

impl fmt::Display for Interface {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_are_found_among_comments_types_and_errors() {
        let text = "# method Not()\ninterface org.zoobar.Echo\n\nmethod Echo(message: string) -> (reply: string)\nerror TooLong()";
        let interface = Interface::scan(text).expect("is an interface");
        assert_eq!(interface.full_name(&interface.methods()[0]), "org.zoobar.Echo.Echo");
        assert_eq!(interface.methods().len(), 1);
    }

    #[test]
    fn a_text_without_a_name_is_no_interface() {
        assert_eq!(Interface::scan("method Echo() -> ()"), Err(InterfaceError::NoName));
    }
}
