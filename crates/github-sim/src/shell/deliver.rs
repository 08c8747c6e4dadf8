//! Webhooks over HTTP: sent once, with ten seconds to answer, and what came of it is told to the model.

use super::carry::Shell;
use crate::model::Reception;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use std::sync::Arc;
use std::time::Duration;

/// How long a receiver has to answer: as on github.com.
const ANSWER_SECONDS_MAX: u64 = 10;

/// How much of a receiver's answer is kept, in bytes.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// What sends webhooks.
pub(crate) type HookClient = Client<HttpConnector, Full<Bytes>>;

/// A webhook that is to be sent.
pub(crate) struct Hook {
    pub(crate) delivery: u64,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
}

pub(crate) fn hook_client() -> HookClient {
    Client::builder(TokioExecutor::new()).build_http()
}

/// Sends a webhook without waiting for what comes of it.
pub(crate) fn send(shell: &Arc<Shell>, hook: Hook) {
    let shell = Arc::clone(shell);
    shell.sending.send_modify(|count| *count += 1);
    shell.runtime.clone().spawn(async move {
        let delivery = hook.delivery;
        let mut stop = shell.stop.subscribe();
        let reception = tokio::select! {
            reception = exchange(&shell.hooks, hook) => Some(reception),
            _ = stop.wait_for(|is_over| *is_over) => None,
        };
        if let Some(reception) = reception {
            // A disk that fails here is found by the next request, which is answered with 500.
            let _ = shell.with(|model, _| model.received(delivery, reception));
        }
        shell.sending.send_modify(|count| *count -= 1);
    });
}

async fn exchange(client: &HookClient, hook: Hook) -> Reception {
    let answer = async {
        let mut request = http::Request::post(&hook.url);
        for (name, value) in &hook.headers {
            request = request.header(name, value);
        }
        let request = request
            .body(Full::new(hook.body))
            .map_err(|error| error.to_string())?;
        let response = client.request(request).await.map_err(|error| error.to_string())?;
        let status = response.status().as_u16();
        let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX);
        let body = body.collect().await.map_err(|error| error.to_string())?;
        Ok::<_, String>((status, String::from_utf8_lossy(&body.to_bytes()).into_owned()))
    };
    let wait = Duration::from_secs(ANSWER_SECONDS_MAX);
    let (status, body) = match tokio::time::timeout(wait, answer).await {
        Ok(Ok(answered)) => answered,
        Ok(Err(_)) => (0, "failed to connect to host".to_owned()),
        Err(_) => (0, "timed out".to_owned()),
    };
    Reception {
        status,
        body,
        milliseconds: 0,
    }
}
