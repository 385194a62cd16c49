//! Networks that this machine is connected to.

use std::net::Ipv4Addr;

/// A network: an address in it and how many leading bits all of its addresses share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subnet {
    /// An address in it.
    pub address: Ipv4Addr,
    /// Shared bits, 0 to 32.
    pub bits: u8,
}

impl Subnet {
    /// Whether the two have addresses in common.
    pub fn overlaps(self, other: Self) -> bool {
        let bits = u32::from(self.bits.min(other.bits));
        let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
        u32::from(self.address) & mask == u32::from(other.address) & mask
    }
}

impl std::str::FromStr for Subnet {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let (address, bits) = text.split_once('/').ok_or(())?;
        let bits = bits.parse().ok().filter(|bits| *bits <= 32).ok_or(())?;
        Ok(Self { address: address.parse().map_err(|_| ())?, bits })
    }
}

/// The networks of the routing table (proc_net(5), `/proc/net/route`), the default route left out.
pub fn subnets() -> Vec<Subnet> {
    let table = std::fs::read_to_string("/proc/net/route").unwrap_or_default();
    table.lines().skip(1).filter_map(route).filter(|subnet| subnet.bits > 0).collect()
}

fn route(line: &str) -> Option<Subnet> {
    let fields: Vec<&str> = line.split_ascii_whitespace().collect();
    // Numbers are printed as they lie in memory, network order: on this machine's own order they are turned round.
    let number = |at: usize| Some(u32::from_str_radix(fields.get(at)?, 16).ok()?.to_ne_bytes());
    let mask = u32::from_be_bytes(number(7)?);
    Some(Subnet { address: Ipv4Addr::from(number(1)?), bits: u8::try_from(mask.count_ones()).ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_overlap_where_the_shorter_prefix_agrees() {
        let subnet = |text: &str| text.parse::<Subnet>().unwrap();
        assert!(subnet("10.0.0.0/8").overlaps(subnet("10.201.3.0/24")));
        assert!(subnet("10.201.3.1/24").overlaps(subnet("10.201.3.200/32")));
        assert!(!subnet("10.201.3.0/24").overlaps(subnet("10.201.4.0/24")));
        assert!(subnet("0.0.0.0/0").overlaps(subnet("10.201.4.0/24")));
        assert!("10.0.0.0/33".parse::<Subnet>().is_err() && "x/8".parse::<Subnet>().is_err());
    }

    #[test]
    fn routes_are_read() {
        let line = "docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0";
        assert_eq!(route(line), Some(Subnet { address: Ipv4Addr::new(172, 17, 0, 0), bits: 16 }));
    }
}
