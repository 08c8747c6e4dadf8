//! Who may read a repository with git, over HTTP.

use super::permissions::Level;
use super::{Call, GitHub};
use crate::exchange::{Answer, Request, RequestBody};
use crate::truth::Happened;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use domain_types::Timestamp;

impl GitHub {
    /// The folder of the repository that git asks for, if whoever asks may read it. Nothing of it counts against the limits of the API.
    pub(crate) fn read_by_git(&mut self, now: Timestamp, request: &Request) -> Result<String, Answer> {
        self.advance(now);
        let faulty = self.random.chance(self.faults.server_error_before);
        let (asker, found) = match faulty {
            true => {
                self.fault("server_error_before", &request.path);
                ("unknown".to_owned(), Err(Answer::refusal(502, "Server Error")))
            }
            false => self.found_by_git(request),
        };
        self.happened(Happened::Request {
            host: "git",
            asker,
            method: request.method.to_string(),
            path: request.path.clone(),
            status: found.as_ref().map_or_else(|answer| answer.status, |_| 200),
        });
        self.advance(now);
        found
    }

    fn found_by_git(&self, request: &Request) -> (String, Result<String, Answer>) {
        let request = &as_of_the_api(request);
        let asker = match self.identify(request) {
            Ok(asker) => asker,
            Err(refusal) => return ("unknown".to_owned(), Err(refusal)),
        };
        let key = self.rate_key(&asker);
        (
            key,
            Call::new(request, asker).and_then(|call| self.readable(&call)),
        )
    }

    fn readable(&self, call: &Call<'_>) -> Result<String, Answer> {
        let [owner, name] = call.segments.get(..2).ok_or_else(Answer::not_found)? else {
            return Err(Answer::not_found());
        };
        let name = name.strip_suffix(".git").unwrap_or(name);
        let id = self.visible_repository(call, owner, name).map_err(|refusal| {
            match call.header("authorization") {
                Some(_) => refusal,
                // Whoever has said nothing yet may say who they are.
                None => {
                    let mut asked = Answer::refusal(401, "Repository not found.");
                    asked.header("www-authenticate", "Basic realm=\"GitHub\"");
                    asked
                }
            }
        })?;
        self.permit(call, id, "contents", Level::Read)?;
        let known = self.known(id)?;
        Ok(format!("{}/{}.git", known.owner, known.name))
    }
}

/// A token comes as the password of the user `x-access-token`, and what git says is no JSON.
fn as_of_the_api(request: &Request) -> Request {
    let mut request = request.clone();
    request.body = RequestBody::Bytes(Bytes::new());
    let header = request.headers.get("authorization").cloned().unwrap_or_default();
    let pair = header
        .strip_prefix("Basic ")
        .and_then(|pair| STANDARD.decode(pair).ok());
    let pair = pair.and_then(|pair| String::from_utf8(pair).ok());
    if let Some((_, token)) = pair.as_deref().and_then(|pair| pair.split_once(':')) {
        let bearer = format!("Bearer {token}");
        request.headers.insert("authorization".to_owned(), bearer);
    }
    request
}
