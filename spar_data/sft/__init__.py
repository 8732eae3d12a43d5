"""Sets for supervised fine-tuning: an actor, a judge and a refiner learn from a teacher."""
