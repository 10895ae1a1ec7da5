"""What a person does with demonstrations: inspect, check, convert."""
