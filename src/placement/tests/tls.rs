use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;

use super::transport::VERSIONS;
use crate::identity::tests::server::{Reply, Server};
use crate::identity::{HttpOptions, NoAuth};
use crate::model::Code;
use crate::placement::{Client, Options, PlacementError};

/// A CA of our own, and a server that it vouches for.
fn authority() -> (String, TlsAcceptor) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &ca).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
        )
        .unwrap();
    (ca.pem(), TlsAcceptor::from(Arc::new(config)))
}

fn client(server: &Server, ca_file: Option<PathBuf>) -> Result<Client, PlacementError> {
    let http = HttpOptions { ca_file, ..HttpOptions::default() };
    let options = Options { http, retries: 0, ..Options::default() };
    Client::new(options, Arc::new(NoAuth::new(server.url.clone())))
}

#[tokio::test]
async fn a_private_ca_is_accepted_only_when_it_is_named() {
    let (pem, acceptor) = authority();
    let server = Server::start_tls(acceptor, |_| Reply::new(200, VERSIONS)).await;
    let directory = tempfile::tempdir().unwrap();
    let ca_file = directory.path().join("ca.pem");
    std::fs::write(&ca_file, format!("# our CA\n{pem}")).unwrap();

    client(&server, Some(ca_file)).unwrap().version().await.unwrap();

    let insecure = HttpOptions { insecure: true, ..HttpOptions::default() };
    let options = Options { http: insecure, retries: 0, ..Options::default() };
    Client::new(options, Arc::new(NoAuth::new(server.url.clone()))).unwrap().version().await.unwrap();

    let error = client(&server, None).unwrap().version().await.unwrap_err();
    assert_eq!(error.code(), Code::Unreachable);
    assert!(error.to_string().to_lowercase().contains("certificate"), "{error}");
}

#[tokio::test]
async fn a_bad_ca_file_is_named_before_anything_is_sent() {
    let server = Server::start(|_| Reply::new(200, VERSIONS)).await;
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    for (path, code) in [
        (directory.path().join("none.pem"), Code::ConfigUnreadable),
        (write("empty.pem", ""), Code::ConfigInvalid),
        (write("text.pem", "hello"), Code::ConfigInvalid),
        (
            write("garbage.pem", "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n"),
            Code::ConfigInvalid,
        ),
    ] {
        let error = client(&server, Some(path.clone())).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(error.to_string().contains(name(&path)), "{error}");
    }
}

fn name(path: &Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}
