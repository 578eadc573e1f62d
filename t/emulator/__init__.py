"""A local Amazon Cognito user pool, for tests and for people without one."""
