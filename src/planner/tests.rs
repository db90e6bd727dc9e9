mod build;
mod conduct;
mod guard;
mod lifecycle;
mod never;
mod patience;
mod walk;
