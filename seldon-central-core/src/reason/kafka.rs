//! Where Kafka is, as `kafkaConfig` of a `SeldonRuntime` or its `SeldonConfig` says.

use std::{collections::BTreeSet, net::IpAddr, num::NonZeroU16};

use ipnet::IpNet;

use crate::{
    name::{ClusterDomain, Namespace},
    object::Object,
    pattern,
    profile::{Cidr, KafkaDestination},
};

/// The `bootstrap.servers` of a runtime: its own, else those of the `SeldonConfig` it names, which the
/// operator copies (`operator/apis/mlops/v1alpha1/seldonruntime_types.go`, `AddDefaults`).
pub fn bootstrap<'a>(runtime: Option<&'a Object>, config: Option<&'a Object>) -> Option<&'a str> {
    const SERVERS: &str = "/spec/config/kafkaConfig/bootstrap.servers";
    let set = |object: &'a Object| object.text(SERVERS).filter(|servers| !servers.trim().is_empty());
    runtime.and_then(set).or_else(|| config.and_then(set))
}

/// One entry of `bootstrap.servers`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broker {
    /// Where it is.
    pub home: Home,
    /// Its TCP port, 9092 unless given.
    pub port: NonZeroU16,
}

/// Where a host is, as far as its name tells.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Home {
    /// Behind a Service of this namespace.
    Namespace(Namespace),
    /// At an address.
    Address(IpAddr),
    /// Under a name that is not the cluster's.
    Outside(String),
}

/// Reads `bootstrap.servers` as pods of a namespace do: a list of `host:port`, whose hosts are looked for
/// in the cluster first. What is no broker is left out.
pub fn brokers(servers: &str, own: &Namespace, domain: &ClusterDomain) -> Vec<Broker> {
    servers.split(',').filter_map(|entry| broker(entry.trim(), own, domain)).collect()
}

fn broker(entry: &str, own: &Namespace, domain: &ClusterDomain) -> Option<Broker> {
    // A listener's name may stand before the host: `SASL_SSL://host:port`.
    let entry = entry.split_once("://").map_or(entry, |(_, rest)| rest);
    let (host, port) = match entry.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, port.parse().ok()?),
        _ => (entry, NonZeroU16::new(pattern::KAFKA_PORTS[0])?),
    };
    let host = host.trim_matches(['[', ']']).trim_end_matches('.');
    (!host.is_empty()).then(|| Broker { home: home(host, own, domain), port })
}

fn home(host: &str, own: &Namespace, domain: &ClusterDomain) -> Home {
    if let Ok(address) = host.parse() {
        return Home::Address(address);
    }
    let outside = || Home::Outside(host.to_owned());
    let named = |name: &str| Namespace::new(name).map_or_else(|_| outside(), Home::Namespace);
    let inside = host.strip_suffix(domain.as_str()).and_then(|rest| rest.strip_suffix('.')).unwrap_or(host);
    let service = inside.strip_suffix(".svc");
    match service.unwrap_or(inside).split('.').collect::<Vec<_>>().as_slice() {
        [_] if service.is_none() => Home::Namespace(own.clone()),
        // `kafka.streaming` is looked for as a Service before it is looked for outside.
        [_, namespace] => named(namespace),
        [.., namespace] if service.is_some() => named(namespace),
        _ => outside(),
    }
}

/// What a policy has to admit for these brokers: one namespace, addresses, and ports. Brokers of which
/// only a name is known may be anywhere. Every broker is taken to listen where the bootstrap does; where
/// that is on a usual port, on both of them.
pub fn destination(brokers: &[Broker]) -> KafkaDestination {
    let mut ports: BTreeSet<NonZeroU16> = brokers.iter().map(|broker| broker.port).collect();
    if ports.iter().all(|port| pattern::KAFKA_PORTS.contains(&port.get())) {
        ports.extend(pattern::KAFKA_PORTS.into_iter().filter_map(NonZeroU16::new));
    }
    let homes: BTreeSet<&Home> = brokers.iter().map(|broker| &broker.home).collect();
    let mut found = KafkaDestination { namespace: None, cidrs: Vec::new(), ports: ports.into_iter().collect() };
    for home in homes {
        match home {
            Home::Namespace(one) if found.namespace.is_none() => found.namespace = Some(one.clone()),
            Home::Address(address) => found.cidrs.extend(IpNet::from(*address).to_string().parse::<Cidr>()),
            Home::Namespace(_) | Home::Outside(_) => {
                return KafkaDestination { namespace: None, cidrs: Vec::new(), ..found };
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(servers: &str) -> Vec<String> {
        let own = Namespace::new("fin").unwrap();
        let all = brokers(servers, &own, &ClusterDomain::new("cluster.local").unwrap());
        let said = |broker: &Broker| match &broker.home {
            Home::Namespace(name) => format!("namespace {name} {}", broker.port),
            Home::Address(address) => format!("address {address} {}", broker.port),
            Home::Outside(name) => format!("outside {name} {}", broker.port),
        };
        all.iter().map(said).collect()
    }

    #[test]
    fn a_host_is_looked_for_as_a_pod_does() {
        for (servers, expected) in [
            ("seldon-kafka-bootstrap.seldon-mesh:9092", "namespace seldon-mesh 9092"),
            ("kafka", "namespace fin 9092"),
            ("kafka.streaming.svc:9093", "namespace streaming 9093"),
            ("kafka.streaming.svc.cluster.local.:9094", "namespace streaming 9094"),
            ("pod-0.kafka.streaming.svc.cluster.local:9094", "namespace streaming 9094"),
            ("SASL_SSL://b-1.msk.eu-west-1.amazonaws.com:9096", "outside b-1.msk.eu-west-1.amazonaws.com 9096"),
            ("kafka.streaming.svc.other.domain:9092", "outside kafka.streaming.svc.other.domain 9092"),
            ("192.0.2.7:9092", "address 192.0.2.7 9092"),
            ("[2001:db8::7]:9092", "address 2001:db8::7 9092"),
            ("2001:db8::7", "address 2001:db8::7 9092"),
        ] {
            assert_eq!(read(servers), [expected], "{servers}");
        }
        assert_eq!(read("a.b:1, c.d:2").len(), 2);
        for nothing in ["", ",", ":9092", "host:port", "host:0", "host:99999"] {
            assert!(read(nothing).is_empty(), "{nothing}");
        }
    }

    #[test]
    fn a_destination_admits_every_broker_and_no_more() {
        let of = |servers: &str| {
            let own = Namespace::new("fin").unwrap();
            destination(&brokers(servers, &own, &ClusterDomain::new("cluster.local").unwrap()))
        };
        let two = of("a.streaming:9092,192.0.2.7:9092");
        assert_eq!(two.namespace.unwrap().as_str(), "streaming");
        assert_eq!(two.cidrs[0].to_string(), "192.0.2.7/32");
        assert_eq!(two.ports.iter().map(|port| port.get()).collect::<Vec<_>>(), [9092, 9093]);
        assert_eq!(of("a.streaming:9094").ports.iter().map(|port| port.get()).collect::<Vec<_>>(), [9094]);
        assert_eq!(of("seldon-kafka-bootstrap.seldon-mesh:9092"), KafkaDestination::default());
        for anywhere in ["kafka.example.com:9092,a.streaming:9092", "a.one:9092,b.two:9092"] {
            let anywhere = of(anywhere);
            assert!(anywhere.namespace.is_none() && anywhere.cidrs.is_empty());
        }
    }
}
