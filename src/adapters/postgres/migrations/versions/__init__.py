"""One file a step. What has been released is never changed; what is wrong in it is
put right by another step."""
