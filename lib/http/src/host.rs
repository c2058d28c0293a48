//! The Host of a request: a name or an address, perhaps with a port. Stricter than the grammar of URLs, which would allow
//! `host!$&'()`: such a name resolves to nothing, but it does reach pages and logs.

use crate::limits;

/// Whether this may stand in a Host field.
pub(crate) fn is_host(value: &[u8]) -> bool {
    if value.is_empty() || value.len() > limits::HOST {
        return false;
    }
    let (host, port) = split_port(value);
    is_name_or_address(host) && port.is_none_or(is_port)
}

fn split_port(value: &[u8]) -> (&[u8], Option<&[u8]>) {
    // The colons of an IPv6 address stand in brackets.
    let after_brackets = value.iter().rposition(|byte| *byte == b']').map_or(0, |at| at + 1);
    match value[after_brackets..].iter().position(|byte| *byte == b':') {
        Some(colon) => (&value[..after_brackets + colon], Some(&value[after_brackets + colon + 1..])),
        None => (value, None),
    }
}

fn is_name_or_address(host: &[u8]) -> bool {
    match host {
        [b'[', inner @ .., b']'] => {
            std::str::from_utf8(inner).is_ok_and(|text| text.parse::<std::net::Ipv6Addr>().is_ok())
        }
        [] => false,
        name => name.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_')),
    }
}

fn is_port(port: &[u8]) -> bool {
    !port.is_empty()
        && port.iter().all(u8::is_ascii_digit)
        && std::str::from_utf8(port).is_ok_and(|digits| digits.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::is_host;

    #[test]
    fn names_and_addresses_are_hosts_and_nothing_else_is() {
        for good in ["localhost", "localhost:8080", "a-b.example.org", "127.0.0.1:80", "[::1]", "[::1]:8080", "my_host"]
        {
            assert!(is_host(good.as_bytes()), "{good}");
        }
        for bad in [
            "", ":80", "a b", "a,b", "a:b", "a:", "a:99999", "a:+1", "u@h", "a/b", "[::1", "::1", "[a]", "a:1:2",
            "[::1]x",
        ] {
            assert!(!is_host(bad.as_bytes()), "{bad}");
        }
    }
}
