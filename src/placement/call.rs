//! One request, as an error or a log line names it.

use std::fmt;

/// Method, path and request id. The id is the one that the agent sent: Placement writes it in front of its
/// own in each log line of the request (seen on a running one).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// `GET`, `PUT`, `POST` or `DELETE`.
    pub method: String,
    /// The path under Placement's endpoint, query included.
    pub path: String,
    /// `req-<uuid>`.
    pub request_id: String,
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ({})", self.method, self.path, self.request_id)
    }
}
