-- Whoever asks for a question clears those away that were never answered: anybody may ask, and none may cost more than the one before.
create index challenges_expired on challenges (expires_at);
