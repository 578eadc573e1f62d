# SPDX-License-Identifier: Apache-2.0
"""A local Amazon Cognito user pool, for tests and for people without one."""
