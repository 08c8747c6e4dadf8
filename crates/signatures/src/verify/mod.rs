//! Verifying: one statement, one signature, one key, and a time; one file for each scheme.

mod bip340;
mod ed25519;
mod open_pgp;
mod secp256k1;
mod ssh;

use crate::encoding::{unbase64, unhex};
use crate::key::Material;
use crate::{
    KeyIdentity, LegacyStatement, PublicKey, PullRequestApproval, Scheme, SignatureText, Statement,
    VerifyError,
};
use domain_types::{Sha256Digest, Timestamp};

/// That a key signed a statement. Only [`verify`] makes one, and [`VerifiedLegacy::taken_for`] one that binds to less.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Verified {
    statement: Sha256Digest,
    scheme: Scheme,
    key: KeyIdentity,
    signer: KeyIdentity,
    is_of_legacy_text: bool,
}

impl Verified {
    /// The digest of the statement.
    pub fn statement(&self) -> Sha256Digest {
        self.statement
    }

    /// How it was signed.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The registered key.
    pub fn key(&self) -> &KeyIdentity {
        &self.key
    }

    /// The key that made the signature: the registered one, or a subkey of its OpenPGP certificate.
    pub fn signer(&self) -> &KeyIdentity {
        &self.signer
    }

    /// Whether not the statement was signed, but the text of before, which binds to no commit.
    pub fn is_of_legacy_text(&self) -> bool {
        self.is_of_legacy_text
    }
}

/// Whether a signature is one of this statement by this key, at this time.
///
/// The time matters for OpenPGP only: whether the registered certificate, or the signature itself, has expired or was revoked.
///
/// # Errors
/// [`VerifyError`]: [`VerifyError::Mismatch`] where everything is well-formed and the signature is of something else or by somebody
/// else; every other variant says what is wrong before that is asked.
pub fn verify(
    statement: &Statement,
    signature: &SignatureText,
    key: &PublicKey,
    at: Timestamp,
) -> Result<Verified, VerifyError> {
    let bytes = statement.to_bytes();
    let signer = match key.material() {
        Material::Ssh(key) => ssh::verify(&bytes, statement.namespace(), signature, key)?,
        Material::OpenPgp(certificate) => open_pgp::verify(&bytes, signature, certificate, at)?,
        Material::Bip340(key) => bip340::verify(&statement.tagged_digest(), signature, key)?,
        Material::Ed25519(key) => ed25519::verify(&bytes, signature, key)?,
        Material::Secp256k1(key) => secp256k1::verify(&bytes, signature, key)?,
    };
    Ok(Verified {
        statement: statement.digest(),
        scheme: key.scheme(),
        key: key.identity(),
        signer,
        is_of_legacy_text: false,
    })
}

/// That a key signed the text of before. It says nothing about head or base, and counts for nothing by itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VerifiedLegacy {
    statement: LegacyStatement,
    key: KeyIdentity,
}

impl VerifiedLegacy {
    /// The registered key.
    pub fn key(&self) -> &KeyIdentity {
        &self.key
    }

    /// Takes it for an approval of one state of that pull request. Whoever calls this answers for it: the rules must allow the text of
    /// before, and the signature must have come after the head was pushed. None if it is about another pull request.
    pub fn taken_for(self, approval: &PullRequestApproval) -> Option<Verified> {
        let same = self.statement.repository == approval.repository
            && self.statement.pull_request == approval.pull_request;
        same.then(|| Verified {
            statement: Statement::Approval(approval.clone()).digest(),
            scheme: Scheme::Secp256k1,
            signer: self.key.clone(),
            key: self.key,
            is_of_legacy_text: true,
        })
    }
}

/// Whether a signature is one of the text of before by this key: ECDSA over secp256k1 and SHA-256, nothing else.
///
/// # Errors
/// [`VerifyError`], as [`verify`]; [`VerifyError::Algorithm`] for keys of other schemes.
pub fn verify_legacy(
    statement: &LegacyStatement,
    signature: &SignatureText,
    key: &PublicKey,
) -> Result<VerifiedLegacy, VerifyError> {
    let Material::Secp256k1(point) = key.material() else {
        return Err(VerifyError::algorithm(key.scheme().as_str().as_bytes()));
    };
    Ok(VerifiedLegacy {
        key: secp256k1::verify(&statement.to_bytes(), signature, point)?,
        statement: statement.clone(),
    })
}

/// The bytes of a signature on one line: hexadecimal digits, or base64.
fn one_line(signature: &SignatureText) -> Option<Vec<u8>> {
    let text = signature.as_str();
    unhex(text).or_else(|| unbase64(text))
}
