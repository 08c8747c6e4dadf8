//! An App's own token: a JWT, signed with RS256 by its private key, valid for ten minutes at most.

use super::GitHub;
use crate::workflow::plain;
use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain_types::Timestamp;
use serde_json::Value;

/// How far in the future a token may expire, in seconds.
const LIFETIME_SECONDS_MAX: i64 = 600;

/// How far a client's clock may be ahead, in seconds. GitHub advises to date tokens back by a minute, so it forgives little.
const CLOCK_AHEAD_SECONDS_MAX: i64 = 30;

impl GitHub {
    /// The App that signed this token, or what GitHub says against it.
    pub(crate) fn verify_jwt(&self, token: &str, wall: Timestamp) -> Result<u64, &'static str> {
        const UNREADABLE: &str = "A JSON web token could not be decoded";
        let (signed, signature) = token.rsplit_once('.').ok_or(UNREADABLE)?;
        let (head, claims) = signed.split_once('.').ok_or(UNREADABLE)?;
        let head = decoded_json(head).ok_or(UNREADABLE)?;
        let claims = decoded_json(claims).ok_or(UNREADABLE)?;
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| UNREADABLE)?;
        if head["alg"] != "RS256" {
            return Err(UNREADABLE);
        }
        let issuer = plain(&claims["iss"]).parse().ok();
        let app = issuer
            .and_then(|id: u64| self.apps.get(&id))
            .ok_or("Integration not found")?;
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &app.public_key)
            .verify(signed.as_bytes(), &signature)
            .map_err(|_| UNREADABLE)?;
        // A hand-wound clock stands apart from the one that the client signs by: either may be right.
        times_are_valid(&claims, wall).or_else(|_| times_are_valid(&claims, self.now))?;
        Ok(app.id)
    }
}

fn decoded_json(part: &str) -> Option<Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

fn times_are_valid(claims: &Value, now: Timestamp) -> Result<(), &'static str> {
    let expires = claims["exp"]
        .as_i64()
        .ok_or("'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires")?;
    let issued = claims["iat"]
        .as_i64()
        .ok_or("Missing 'issued at' claim ('iat') in assertion")?;
    if issued > now.seconds() + CLOCK_AHEAD_SECONDS_MAX {
        return Err(
            "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
        );
    }
    if expires <= now.seconds() {
        return Err("'Expiration time' claim ('exp') is too far in the past");
    }
    if expires > now.seconds() + LIFETIME_SECONDS_MAX + CLOCK_AHEAD_SECONDS_MAX {
        return Err("'Expiration time' claim ('exp') is too far in the future");
    }
    Ok(())
}
