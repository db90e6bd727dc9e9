mod classification;
mod observer;
mod tls;
mod transport;
mod wire;
