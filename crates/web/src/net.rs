//! Addresses and sets of addresses, as an operator writes them: `10.0.0.5`, `192.168.4.0/22`.

use std::net::{IpAddr, Ipv6Addr};

/// A set of addresses: one, or those that share its first bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Net {
    address: IpAddr,
    bits: u32,
}

impl Net {
    /// What the text names, if it is an address or a network.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse().ok()?)),
            None => (text, None),
        };
        let address: IpAddr = address.trim().parse().ok()?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(width);
        (bits <= width).then_some(Self { address, bits })
    }

    /// Whether it holds every address there is.
    #[must_use]
    pub const fn is_everything(self) -> bool {
        self.bits == 0
    }

    /// Whether an address is within it; one of IPv4 written as IPv6 is of IPv4.
    #[must_use]
    pub fn holds(self, peer: IpAddr) -> bool {
        match (self.address, peer.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(peer)) => {
                let mask = u32::MAX.checked_shl(32 - self.bits).unwrap_or(0);
                own.to_bits() & mask == peer.to_bits() & mask
            }
            (IpAddr::V6(own), IpAddr::V6(peer)) => {
                let mask = u128::MAX.checked_shl(128 - self.bits).unwrap_or(0);
                own.to_bits() & mask == peer.to_bits() & mask
            }
            _ => false,
        }
    }
}

impl std::fmt::Display for Net {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

/// The household of an address: itself, or in IPv6 the 64 first bits, of which one line has the rest to itself.
#[must_use]
pub fn household(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(own) => IpAddr::V6(Ipv6Addr::from_bits(own.to_bits() & (u128::MAX << 64))),
        own @ IpAddr::V4(_) => own,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_net_holds_the_addresses_of_its_first_bits() {
        for (net, inside, outside) in [
            ("10.0.0.5", "10.0.0.5", "10.0.0.6"),
            ("192.168.4.0/22", "192.168.7.255", "192.168.8.1"),
            ("2001:db8::/32", "2001:db8:1::9", "2001:db9::1"),
            ("127.0.0.0/8", "::ffff:127.0.0.1", "::1"),
        ] {
            let net = Net::parse(net).unwrap();
            assert!(net.holds(ip(inside)) && !net.holds(ip(outside)), "{net}");
        }
        for wrong in ["", "partout", "10.0.0.0/33", "10.0.0.1:80", "::1/129"] {
            assert_eq!(Net::parse(wrong), None, "{wrong}");
        }
        assert!(Net::parse("0.0.0.0/0").unwrap().is_everything());
    }

    #[test]
    fn a_line_of_ipv6_is_one_household() {
        assert_eq!(household(ip("2001:db8:1:2:3::9")), household(ip("2001:db8:1:2:ffff::1")));
        assert_ne!(household(ip("2001:db8:1:2::1")), household(ip("2001:db8:1:3::1")));
        assert_eq!(household(ip("::ffff:10.0.0.5")), ip("10.0.0.5"));
    }
}
