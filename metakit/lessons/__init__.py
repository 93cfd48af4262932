"""What a lesson is made of beside the views: predictions, questions, many runs, tables."""
