//! A request on its way through the routes: who asks, for what, with what.

use crate::exchange::{Answer, Request, RequestBody};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::{Value, json};

/// An answer, or the refusal that ended the way early.
pub(crate) type Handled = Result<Answer, Answer>;

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Asker {
    Anonymous,
    /// An App with a token that it signed itself.
    App(u64),
    /// An App's installation, with this token.
    Installation {
        installation: u64,
        token: String,
    },
    /// A person.
    User(String),
}

/// A request on its way through the routes.
pub(crate) struct Call<'a> {
    pub(crate) request: &'a Request,
    pub(crate) asker: Asker,
    pub(crate) body: Value,
    /// The path, decoded and split.
    pub(crate) segments: Vec<String>,
}

/// The size of a page that is not asked for otherwise, and the largest.
const PAGE_SIZE: usize = 30;
const PAGE_SIZE_MAX: usize = 100;

impl<'a> Call<'a> {
    pub(crate) fn new(request: &'a Request, asker: Asker) -> Result<Self, Answer> {
        let body = match &request.body {
            RequestBody::Bytes(bytes) if bytes.is_empty() => Value::Null,
            RequestBody::Bytes(bytes) => {
                let is_upload = request.path.starts_with("/uploads/");
                match serde_json::from_slice(bytes) {
                    Ok(value) => value,
                    Err(_) if is_upload => Value::Null,
                    Err(_) => return Err(Answer::refusal(400, "Problems parsing JSON")),
                }
            }
            RequestBody::File(_) => Value::Null,
        };
        let segments = request
            .path
            .split('/')
            .filter(|segment| !segment.is_empty())
            .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
            .collect();
        Ok(Self {
            request,
            asker,
            body,
            segments,
        })
    }

    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.request
            .query
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.request.headers.get(name).map(String::as_str)
    }

    /// Whether the answer is wanted in this form.
    pub(crate) fn accepts(&self, form: &str) -> bool {
        self.header("accept").is_some_and(|accept| accept.contains(form))
    }

    /// A field of the body that is text.
    pub(crate) fn text(&self, field: &str) -> Option<&str> {
        self.body[field].as_str()
    }

    /// A field of the body that must be there and be text.
    pub(crate) fn needed_text(&self, resource: &str, field: &str) -> Result<&str, Answer> {
        self.text(field)
            .filter(|text| !text.is_empty())
            .ok_or_else(|| Answer::invalid(resource, field, "missing_field"))
    }

    pub(crate) fn flag(&self, field: &str) -> Option<bool> {
        self.body[field].as_bool()
    }

    /// The number in a segment of the path.
    pub(crate) fn number(segment: &str) -> Result<u64, Answer> {
        segment.parse().map_err(|_| Answer::not_found())
    }

    /// A plain list, one page of it.
    pub(crate) fn list(&self, api: &str, items: Vec<Value>) -> Answer {
        self.list_of(api, items, |item| item)
    }

    /// The same of a list that may be long: only what is on the page is shown, so that a page costs no more than what is on it.
    pub(crate) fn list_of<T>(&self, api: &str, items: Vec<T>, view: impl Fn(T) -> Value) -> Answer {
        let page = self.page(api, items);
        let views = page.items.into_iter().map(view).collect();
        let mut answer = Answer::json(200, &Value::Array(views));
        page.link.iter().for_each(|link| answer.header("link", link));
        answer
    }

    /// A list within an object that counts it, one page of it.
    pub(crate) fn counted_list(&self, api: &str, name: &str, items: Vec<Value>) -> Answer {
        let total = items.len();
        let page = self.page(api, items);
        let mut answer = Answer::json(200, &json!({"total_count": total, name: page.items}));
        page.link.iter().for_each(|link| answer.header("link", link));
        answer
    }

    /// One page of a list that lies within something else, and the header that leads to the others.
    pub(crate) fn one_page(&self, api: &str, items: Vec<Value>) -> (Vec<Value>, Option<String>) {
        let page = self.page(api, items);
        (page.items, page.link)
    }

    fn page<T>(&self, api: &str, items: Vec<T>) -> Page<T> {
        let number = |name: &str| self.query(name).and_then(|value| value.parse::<usize>().ok());
        let size = number("per_page").unwrap_or(PAGE_SIZE).clamp(1, PAGE_SIZE_MAX);
        let at = number("page").unwrap_or(1).max(1);
        let last = items.len().div_ceil(size).max(1);
        let link_to = |page: usize, rel: &str| {
            let mut query: Vec<String> = self
                .request
                .query
                .iter()
                .filter(|(name, _)| name != "page")
                .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
                .collect();
            query.push(format!("page={page}"));
            format!("<{api}{}?{}>; rel=\"{rel}\"", self.request.path, query.join("&"))
        };
        let mut links = Vec::new();
        if at > 1 {
            links.push(link_to(at - 1, "prev"));
        }
        if at < last {
            links.push(link_to(at + 1, "next"));
            links.push(link_to(last, "last"));
        }
        if at > 1 {
            links.push(link_to(1, "first"));
        }
        Page {
            items: items.into_iter().skip((at - 1) * size).take(size).collect(),
            link: (!links.is_empty()).then(|| links.join(", ")),
        }
    }
}

struct Page<T> {
    items: Vec<T>,
    link: Option<String>,
}

/// What may stand in a query as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// A word as it stands in a query or a path.
pub(crate) fn encoded(word: &str) -> String {
    utf8_percent_encode(word, PLAIN).to_string()
}
