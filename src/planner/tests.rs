mod build;
mod conduct;
mod guard;
mod health;
mod lifecycle;
mod never;
mod patience;
mod walk;
