"""Studies on made-up tasks, where what is right and what interferes are both known exactly."""
