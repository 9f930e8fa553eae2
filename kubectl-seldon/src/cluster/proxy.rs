//! Which proxy a request takes: the kubeconfig's, or the environment's by Go's rules.
//!
//! kube compares `NO_PROXY` with the proxy's own address, so that a local cluster is asked for through
//! the company's proxy; this decision replaces kube's.

use std::net::IpAddr;

use http::Uri;
use ipnet::IpNet;

use super::environment::Environment;

/// The proxy for `server`, as a URL.
pub(super) fn choose(server: &Uri, kubeconfig: Option<&str>, environment: &Environment) -> Option<String> {
    if let Some(url) = kubeconfig.filter(|url| !url.is_empty()) {
        return Some(url.to_owned());
    }
    let names: &[&str] = match server.scheme_str() {
        Some("http") => &["HTTP_PROXY", "http_proxy"],
        _ => &["HTTPS_PROXY", "https_proxy"],
    };
    let proxy = environment.text(names)?;
    let host = server.host()?.trim_matches(['[', ']']).to_lowercase();
    let port = server.port_u16().unwrap_or(if server.scheme_str() == Some("http") { 80 } else { 443 });
    let exceptions = environment.text(&["NO_PROXY", "no_proxy"]).unwrap_or_default();
    if is_local(&host) || exceptions.split(',').any(|exception| covers(exception.trim(), &host, port)) {
        return None;
    }
    Some(if proxy.contains("://") { proxy.to_owned() } else { format!("http://{proxy}") })
}

fn is_local(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn covers(exception: &str, host: &str, port: u16) -> bool {
    let exception = exception.to_lowercase();
    if exception == "*" {
        return true;
    }
    let address = host.parse::<IpAddr>();
    if let Ok(address) = address {
        if let Ok(network) = exception.parse::<IpNet>() {
            return network.contains(&address);
        }
        if let Ok(excepted) = exception.trim_matches(['[', ']']).parse::<IpAddr>() {
            return excepted == address;
        }
    }
    let (name, only_port) = match exception.rsplit_once(':') {
        Some((name, digits)) => (name, digits.parse().ok()),
        None => (exception.as_str(), None),
    };
    if only_port.is_some_and(|only_port: u16| only_port != port) {
        return false;
    }
    let name = name.strip_prefix('*').unwrap_or(name);
    match name.strip_prefix('.') {
        Some("") => false,
        Some(_) => host.ends_with(name),
        None if name.is_empty() => false,
        None if address.is_ok() => host == name,
        None => host == name || host.strip_suffix(name).is_some_and(|parent| parent.ends_with('.')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(server: &str, kubeconfig: Option<&str>, no_proxy: &str) -> Option<String> {
        let environment = Environment {
            variables: [("HTTPS_PROXY", "proxy:3128".into()), ("NO_PROXY", no_proxy.into())].into(),
            ..Environment::default()
        };
        choose(&server.parse().unwrap(), kubeconfig, &environment)
    }

    #[test]
    fn the_kubeconfigs_proxy_is_used_whatever_the_environment_says() {
        assert_eq!(chosen("https://127.0.0.1", Some("socks5://p:1"), "*").as_deref(), Some("socks5://p:1"));
    }

    #[test]
    fn the_environments_proxy_is_for_its_scheme_and_not_for_this_machine() {
        assert_eq!(chosen("https://k8s.corp:6443", None, "").as_deref(), Some("http://proxy:3128"));
        for server in ["http://k8s.corp", "https://127.0.0.1:6443", "https://localhost", "https://[::1]:6443"] {
            assert_eq!(chosen(server, None, ""), None, "{server}");
        }
    }

    #[test]
    fn exceptions_name_networks_addresses_and_domains() {
        for (server, exceptions) in [
            ("https://10.1.2.3", "x, 10.0.0.0/8"),
            ("https://10.1.2.3", "10.1.2.3"),
            ("https://10.1.2.3:6443", "10.1.2.3:6443"),
            ("https://[fd00::1]", "fd00::/8"),
            ("https://k8s.corp", "corp"),
            ("https://k8s.corp", ".CORP"),
            ("https://k8s.corp", "*.corp"),
            ("https://k8s.corp:6443", "k8s.corp:6443"),
            ("https://k8s.corp", "*"),
        ] {
            assert_eq!(chosen(server, None, exceptions), None, "{server} {exceptions}");
        }
        for (server, exceptions) in [
            ("https://k8s.corp", "orp,,."),
            ("https://corp", ".corp"),
            ("https://k8s.corp:6443", "k8s.corp:443"),
            ("https://10.1.2.3", "11.0.0.0/8,1.2.3"),
        ] {
            assert!(chosen(server, None, exceptions).is_some(), "{server} {exceptions}");
        }
    }
}
