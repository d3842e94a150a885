//! Where webhooks may be delivered: public addresses, and the private networks that the operator names.
//! The address is judged, never the name: a name may lead anywhere. (server-side request forgery)

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// A network: the addresses that share its first bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

/// A text that names no network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("«\u{a0}{0}\u{a0}» n’est pas un réseau, par exemple 10.20.0.0/16 ou fd00:12::/32")]
pub struct NotANetwork(pub String);

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let wrong = || NotANetwork(text.to_owned());
        let (address, bits) = text.trim().split_once('/').ok_or_else(wrong)?;
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let bits: u8 = bits.parse().map_err(|_| wrong())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        if bits > most { Err(wrong()) } else { Ok(Self { address, bits }) }
    }
}

impl Network {
    fn holds(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.bits)).unwrap_or(0);
                own.to_bits() & mask == other.to_bits() & mask
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.bits)).unwrap_or(0);
                own.to_bits() & mask == other.to_bits() & mask
            }
            _ => false,
        }
    }
}

/// The private networks that the operator opens to webhooks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks(Vec<Network>);

impl Networks {
    /// These networks.
    ///
    /// # Errors
    /// Names the first text that is none.
    pub fn parse(texts: &[String]) -> Result<Self, NotANetwork> {
        texts.iter().map(|text| text.parse()).collect::<Result<_, _>>().map(Self)
    }

    /// Whether none is open.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a webhook may be delivered at that address.
    #[must_use]
    pub fn allow(&self, address: IpAddr) -> bool {
        let address = plain(address);
        is_public(address) || self.0.iter().any(|network| network.holds(address))
    }

    /// Whether it may go there without encryption: on the operator's own networks only.
    #[must_use]
    pub fn are_own(&self, address: IpAddr) -> bool {
        let address = plain(address);
        self.0.iter().any(|network| network.holds(address))
    }
}

/// An IPv4 address written as an IPv6 one leads to the same machine.
fn plain(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(six) => six.to_ipv4_mapped().map_or(address, IpAddr::V4),
        IpAddr::V4(_) => address,
    }
}

/// Whether the whole Internet may reach it, after the registries of special addresses of IANA.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(four) => is_public_v4(four),
        IpAddr::V6(six) => is_public_v6(six),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 198 && (b == 18 || b == 19))
        || (a, b, c) == (192, 0, 0)
        || (a, b, c) == (192, 88, 99);
    !special
}

/// Global unicast only (2000::/3), without what carries an IPv4 address inside it or leads nowhere.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let global = first & 0xe000 == 0x2000;
    // Protocols, Teredo among them, and documentation.
    let special = (first == 0x2001 && (second < 0x0200 || second == 0x0db8))
        || first == 0x2002 // 6to4
        || (first == 0x3fff && second < 0x1000); // documentation
    global && !special
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn nothing_inside_the_house_is_public() {
        let inside = [
            "127.0.0.1",
            "127.8.9.1",
            "0.0.0.0",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "192.0.0.8",
            "198.18.0.1",
            "203.0.113.5",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fe80::1",
            "fec0::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001:0:7f00:1::",
            "2001:db8::1",
            "100::1",
        ];
        for address in inside {
            assert!(!Networks::default().allow(at(address)), "{address}");
        }
        for address in ["9.9.9.9", "172.32.0.1", "193.48.1.1", "2a01:e0a::1", "2001:660::1", "::ffff:9.9.9.9"]
        {
            assert!(Networks::default().allow(at(address)), "{address}");
        }
    }

    #[test]
    fn a_named_network_is_open_and_no_wider() {
        let networks = Networks::parse(&["10.20.0.0/16".into(), "fd00:12::/32".into()]).unwrap();
        for address in ["10.20.3.4", "::ffff:10.20.3.4", "fd00:12::9"] {
            assert!(networks.allow(at(address)) && networks.are_own(at(address)), "{address}");
        }
        for address in ["10.21.0.1", "fd00:13::1", "127.0.0.1"] {
            assert!(!networks.allow(at(address)), "{address}");
        }
        assert!(!networks.are_own(at("9.9.9.9")));
        for wrong in ["10.0.0.0", "10.0.0.0/33", "fd00::/129", "dix/8", ""] {
            assert_eq!(Networks::parse(&[wrong.into()]), Err(NotANetwork(wrong.into())));
        }
    }

    proptest! {
        #[test]
        fn an_address_is_judged_alike_however_it_is_written(bits in any::<u32>()) {
            let four = Ipv4Addr::from_bits(bits);
            let networks = Networks::parse(&["10.0.0.0/8".into()]).unwrap();
            prop_assert_eq!(networks.allow(IpAddr::V4(four)), networks.allow(IpAddr::V6(four.to_ipv6_mapped())));
            prop_assert!("0.0.0.0/0".parse::<Network>().unwrap().holds(IpAddr::V4(four)));
        }
    }
}
