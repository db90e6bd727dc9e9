mod check;
mod explain;
mod healthy;
mod scene;
