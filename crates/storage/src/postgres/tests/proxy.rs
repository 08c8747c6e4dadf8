//! Somebody between a store and its server who lets a connection die at the worst moment: when what was done is on its way to the server,
//! or the server's word that it is done is on its way back.

use super::TestSchema;
use sqlx::postgres::PgConnectOptions;
use std::io;
use std::sync::Arc;
use std::sync::Mutex;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UnixStream};

/// When a connection dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    /// The commit never reaches the server.
    BeforeCommit,
    /// The server committed, and nobody is told.
    AfterCommit,
    /// The statement never reaches the server.
    BeforeExecute,
    /// The server executed the statement, and nobody is told.
    AfterExecute,
}

/// A proxy in front of the server of the tests.
pub(super) struct Proxy {
    port: u16,
    armed: Arc<Mutex<Option<Cut>>>,
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

impl Proxy {
    pub(super) async fn before(schema: &TestSchema) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let armed = Arc::new(Mutex::new(None));
        let (options, shared) = (
            schema.url.parse::<PgConnectOptions>().unwrap(),
            Arc::clone(&armed),
        );
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = connect(&options).await;
                tokio::spawn(carry(client, server, Arc::clone(&shared)));
            }
        });
        Self { port, armed }
    }

    /// The address of the schema behind this proxy.
    pub(super) fn url(&self, schema: &TestSchema) -> String {
        let options: PgConnectOptions = schema.url.parse().unwrap();
        let (user, database) = (options.get_username(), options.get_database().unwrap());
        format!(
            "postgres://{user}@127.0.0.1:{}/{database}?sslmode=disable&options[search_path]={}",
            self.port, schema.name
        )
    }

    /// The next connection of which this can be said dies so.
    pub(super) fn arm(&self, cut: Cut) {
        *self.armed.lock().unwrap() = Some(cut);
    }
}

async fn connect(options: &PgConnectOptions) -> Box<dyn Stream> {
    match options.get_socket() {
        Some(folder) => {
            let socket = folder.join(format!(".s.PGSQL.{}", options.get_port()));
            Box::new(UnixStream::connect(socket).await.unwrap())
        }
        None => {
            let server = (options.get_host(), options.get_port());
            Box::new(TcpStream::connect(server).await.unwrap())
        }
    }
}

/// Carries messages from the client, and bytes back, until one side ends or the connection is cut.
async fn carry(client: TcpStream, server: Box<dyn Stream>, armed: Arc<Mutex<Option<Cut>>>) -> io::Result<()> {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = tokio::io::split(server);
    // The first message has no type.
    to_server
        .write_all(&message(&mut from_client, false).await?)
        .await?;
    let mut executes = false;
    let mut answer = vec![0; 64 * 1024];
    let (sender, mut messages) = tokio::sync::mpsc::channel(1);
    tokio::spawn(async move {
        while let Ok(message) = message(&mut from_client, true).await
            && sender.send(message).await.is_ok()
        {}
    });
    loop {
        tokio::select! {
            message = messages.recv() => {
                let Some(message) = message else { return Ok(()) };
                executes |= message[0] == b'E';
                match due(&armed, &message, executes) {
                    None => to_server.write_all(&message).await?,
                    Some(Cut::BeforeCommit | Cut::BeforeExecute) => return Ok(()),
                    Some(Cut::AfterCommit | Cut::AfterExecute) => {
                        to_server.write_all(&message).await?;
                        // The server answers when it is done.
                        from_server.read(&mut answer).await?;
                        return Ok(());
                    }
                }
                executes &= message[0] != b'S';
            }
            length = from_server.read(&mut answer) => match length? {
                0 => return Ok(()),
                length => to_client.write_all(&answer[..length]).await?,
            },
        }
    }
}

/// Whether the connection dies at this message. That happens once.
fn due(armed: &Mutex<Option<Cut>>, message: &[u8], executes: bool) -> Option<Cut> {
    let mut armed = armed.lock().unwrap();
    let is_due = match (*armed)? {
        Cut::BeforeCommit | Cut::AfterCommit => message[0] == b'Q' && message[5..].starts_with(b"COMMIT"),
        Cut::BeforeExecute | Cut::AfterExecute => message[0] == b'S' && executes,
    };
    if is_due { armed.take() } else { None }
}

/// One message: its type, its length with itself, the rest.
async fn message(from: &mut (impl AsyncRead + Unpin), is_typed: bool) -> io::Result<Vec<u8>> {
    let mut message = vec![0; if is_typed { 5 } else { 4 }];
    from.read_exact(&mut message).await?;
    let head = message.len();
    let length = message[head - 4..]
        .iter()
        .fold(0, |length, byte| length << 8 | usize::from(*byte));
    message.resize(head - 4 + length, 0);
    from.read_exact(&mut message[head..]).await?;
    Ok(message)
}
