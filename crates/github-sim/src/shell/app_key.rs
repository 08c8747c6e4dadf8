//! The key pairs of Apps. The private half is given away and not kept.

use crate::error::SimError;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fmt;

/// What the owner of an App is given when it is made.
#[derive(Clone)]
pub struct AppCredentials {
    /// The App's id.
    pub app_id: u64,
    /// Its private key, PEM of PKCS#8.
    pub private_key_pem: String,
    /// The secret of its webhooks; empty if it has none.
    pub webhook_secret: String,
}

impl fmt::Debug for AppCredentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("AppCredentials")
            .field("app_id", &self.app_id)
            .finish_non_exhaustive()
    }
}

/// A fresh RSA key: its private half as PEM, its public half as DER.
pub(crate) fn fresh_key() -> Result<(String, Vec<u8>), SimError> {
    let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| SimError::Key)?;
    let private = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).map_err(|_| SimError::Key)?;
    Ok((pem(private.as_ref()), pair.public_key().as_ref().to_vec()))
}

fn pem(der: &[u8]) -> String {
    /// How many characters stand in a line of PEM.
    const LINE_LENGTH: usize = 64;
    let text = STANDARD.encode(der);
    let mut pem = "-----BEGIN PRIVATE KEY-----\n".to_owned();
    for line in text.as_bytes().chunks(LINE_LENGTH) {
        pem.push_str(&String::from_utf8_lossy(line));
        pem.push('\n');
    }
    pem.push_str("-----END PRIVATE KEY-----\n");
    pem
}
