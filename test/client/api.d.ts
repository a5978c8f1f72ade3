export interface paths {
    "/requests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List requests
         * @description The newest first, or sorted. Filters can be combined. Most can be repeated; a request matches if any of the values does. A page may hold fewer requests than the limit, because a page scans a limited number of rows. Follow nextCursor until it is null. Scope: requests.
         */
        get: operations["listRequests"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/requests/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get one request
         * @description The id is the value of the x-metrion-request-id header that the caller received. Scope: requests.
         */
        get: operations["getRequest"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/requests.csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export the matching requests as CSV
         * @description One line per request, newest first, after a header line. Scope: requests.
         */
        get: operations["exportCsv"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/requests.ndjson": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export the matching requests as NDJSON
         * @description One Request per line, newest first. Scope: requests.
         */
        get: operations["exportNdjson"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List sessions with their sums
         * @description A session is what requests with the same x-metrion-session belong to. Its sums are of the requests within the retention period. A range selects the sessions whose newest request is in it, by the hour; of more than 20,000 sessions, the newest are listed. Scope: requests.
         */
        get: operations["listSessions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tags": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Costs by tag
         * @description Sums by the values of one tag of x-metrion-tags, or by the names of tags; without “from”, of the last 30 days. Added up from the requests themselves: of a range with more than 20,000 tagged requests, the newest are added up. Scope: requests.
         */
        get: operations["getTags"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Sums of requests, tokens and costs
         * @description The total, by group, and over time. A range is widened to full hours, or to five minutes with the interval 5min. Scope: usage.
         */
        get: operations["getUsage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/usage.focus.csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export costs as a FOCUS 1.2 file
         * @description A line per day (UTC), model, token and requester, with the costs that xAI reported; x_CostBasis says how sure the least sure of them is. Where sums are kept by month alone, a line is of a month. A range is widened to whole days. Scope: usage.
         */
        get: operations["exportFocus"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/latency": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Latency of requests
         * @description Percentiles of the time to the first and to the last byte. A range is widened to full hours, or to five minutes with the interval 5min. Scope: usage.
         */
        get: operations["getLatency"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/errors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Failed requests by status and code, and the latest of them
         * @description Covers the requests within the retention period. Requests whose caller left do not count as failed. A range is widened to full hours, or to five minutes with the interval 5min. Scope: requests.
         */
        get: operations["getErrors"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The account’s Metrion tokens
         * @description Revoked ones as well, the oldest first. For signed-in members.
         */
        get: operations["listTokens"];
        put?: never;
        /**
         * Create a token
         * @description What is left out limits nothing; the scope is inference. For signed-in members.
         */
        post: operations["createToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tokens/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Revoke a token
         * @description It stops for good. For signed-in members.
         */
        delete: operations["revokeToken"];
        options?: never;
        head?: never;
        /**
         * Change a token
         * @description Only what is sent changes; null removes a limit. It takes effect everywhere within about a minute. For signed-in members.
         */
        patch: operations["changeToken"];
        trace?: never;
    };
    "/tokens/{id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give a token a new secret
         * @description The secret before works for the hours of grace, under the same limits. For signed-in members.
         */
        post: operations["rotateToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/budgets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The account’s budgets, with what is spent
         * @description The oldest first; of each, the 100 values with the most spent. For signed-in members.
         */
        get: operations["listBudgets"];
        put?: never;
        /**
         * Create a budget
         * @description For owners. It counts what the ledger has of its running window, and holds everywhere within about a minute. For signed-in members.
         */
        post: operations["createBudget"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/budgets/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A budget, with what is spent
         * @description With ?value= the state of that one value, however little it has spent. For signed-in members.
         */
        get: operations["getBudget"];
        put?: never;
        post?: never;
        /**
         * Delete a budget
         * @description For owners. What it refused passes everywhere within about a minute. For signed-in members.
         */
        delete: operations["deleteBudget"];
        options?: never;
        head?: never;
        /**
         * Change a budget
         * @description For owners. Only what is sent changes. The running window is counted anew from the ledger. For signed-in members.
         */
        patch: operations["changeBudget"];
        trace?: never;
    };
    "/alerts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The account’s alert rules
         * @description The oldest first. Thresholds of budgets tell without a rule. For signed-in members.
         */
        get: operations["listAlerts"];
        put?: never;
        /**
         * Create an alert rule
         * @description For owners. What is left out is what the kind has by default. For signed-in members.
         */
        post: operations["createAlert"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/alerts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Delete an alert rule
         * @description For owners. Messages that it has sent stay. For signed-in members.
         */
        delete: operations["deleteAlert"];
        options?: never;
        head?: never;
        /**
         * Change an alert rule
         * @description For owners. Only what is sent changes. What the rule has told is forgotten. For signed-in members.
         */
        patch: operations["changeAlert"];
        trace?: never;
    };
    "/channels": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Where the account’s alerts go
         * @description The oldest first, without their secrets. For signed-in members.
         */
        get: operations["listChannels"];
        put?: never;
        /**
         * Create a channel
         * @description For owners. A webhook (signed as Standard Webhooks says), an incoming webhook of Slack or Discord (/slack), or an e-mail address. The secret of a webhook is in this answer only. For signed-in members.
         */
        post: operations["createChannel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/channels/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Delete a channel
         * @description For owners. Messages that wait for it are not sent. For signed-in members.
         */
        delete: operations["deleteChannel"];
        options?: never;
        head?: never;
        /**
         * Change a channel
         * @description For owners. Only what is sent changes. For signed-in members.
         */
        patch: operations["changeChannel"];
        trace?: never;
    };
    "/channels/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a test message to a channel
         * @description For owners. It is sent at once, and not tried again. For signed-in members.
         */
        post: operations["testChannel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/management-keys/grok": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The saved management key of xAI
         * @description Its last four characters, and when xAI’s bill was last read with it. For signed-in members.
         */
        get: operations["getManagementKey"];
        /**
         * Save a management key of xAI
         * @description For owners. It needs permission to read billing alone. It is tested at xAI and stored sealed. For signed-in members.
         */
        put: operations["saveManagementKey"];
        post?: never;
        /**
         * Delete the management key
         * @description For owners. With it goes what was read of xAI’s bill. For signed-in members.
         */
        delete: operations["deleteManagementKey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Request: {
            /**
             * Format: uuid
             * @description Also what the caller got as x-metrion-request-id
             */
            id: string;
            /**
             * Format: date-time
             * @description UTC
             */
            at: string;
            /** @description x-metrion-user, percent-decoded */
            requester: string | null;
            token: {
                id: string;
                name: string | null;
            };
            endpoint: string;
            /**
             * @description Whose key paid; job: Metrion fetched the bill of earlier work
             * @enum {string}
             */
            mode: "stored" | "pass-through" | "job";
            requestedModel: string | null;
            /** @description The one that answered */
            model: string | null;
            /** @description The model is not the requested one, under any of its names */
            redirected: boolean;
            /** @description What the caller was told; 499 where it hung up before that */
            status: number;
            /** @enum {string} */
            outcome: "complete" | "refused" | "upstream_refused" | "upstream_error" | "upstream_cut" | "upstream_unreachable" | "upstream_timeout" | "client_gone" | "stopped" | "lost";
            streamed: boolean;
            inputTokens: number | null;
            /** @description Part of the input */
            cachedTokens: number | null;
            /** @description Reasoning included */
            outputTokens: number | null;
            reasoningTokens: number | null;
            /** @description Of xAI’s server-side tools */
            toolCalls: {
                [key: string]: number;
            } | null;
            costUsd: string | null;
            costTicks: number | null;
            /**
             * @description How the cost is known
             * @enum {string}
             */
            costBasis: "reported" | "computed" | "estimated" | "deferred" | "unknown" | "none";
            /** @description The cost by the price table, beside xAI’s own bill */
            computedTicks: number | null;
            /** @description What xAI’s prompt cache took off the price, by the price table */
            savedTicks: number | null;
            /** @description What budgets count where the cost is unknown or still to come: what was reserved for it */
            countedTicks: number | null;
            /** @description Metrion’s own share before the request went to xAI */
            overheadMs: number;
            firstByteMs: number | null;
            totalMs: number;
            errorCode: string | null;
            /** @description xAI’s own words, to 500 characters */
            errorText: string | null;
            responseId: string | null;
            /** @description What to quote to xAI’s support */
            upstreamRequestId: string | null;
            /** @description The Cloudflare location */
            colo: string | null;
            /** @description x-metrion-session, percent-decoded: the conversation or job that it is a part of */
            session: string | null;
            /** @description x-metrion-tags, percent-decoded: values by name */
            tags: {
                [key: string]: string;
            } | null;
            /** @description How many requests it stands for: beyond 60 refusals a minute and token, one row for all */
            times: number;
        };
        RequestDetail: {
            /**
             * Format: uuid
             * @description Also what the caller got as x-metrion-request-id
             */
            id: string;
            /**
             * Format: date-time
             * @description UTC
             */
            at: string;
            /** @description x-metrion-user, percent-decoded */
            requester: string | null;
            token: {
                id: string;
                name: string | null;
            };
            endpoint: string;
            /**
             * @description Whose key paid; job: Metrion fetched the bill of earlier work
             * @enum {string}
             */
            mode: "stored" | "pass-through" | "job";
            requestedModel: string | null;
            /** @description The one that answered */
            model: string | null;
            /** @description The model is not the requested one, under any of its names */
            redirected: boolean;
            /** @description What the caller was told; 499 where it hung up before that */
            status: number;
            /** @enum {string} */
            outcome: "complete" | "refused" | "upstream_refused" | "upstream_error" | "upstream_cut" | "upstream_unreachable" | "upstream_timeout" | "client_gone" | "stopped" | "lost";
            streamed: boolean;
            inputTokens: number | null;
            /** @description Part of the input */
            cachedTokens: number | null;
            /** @description Reasoning included */
            outputTokens: number | null;
            reasoningTokens: number | null;
            /** @description Of xAI’s server-side tools */
            toolCalls: {
                [key: string]: number;
            } | null;
            costUsd: string | null;
            costTicks: number | null;
            /**
             * @description How the cost is known
             * @enum {string}
             */
            costBasis: "reported" | "computed" | "estimated" | "deferred" | "unknown" | "none";
            /** @description The cost by the price table, beside xAI’s own bill */
            computedTicks: number | null;
            /** @description What xAI’s prompt cache took off the price, by the price table */
            savedTicks: number | null;
            /** @description What budgets count where the cost is unknown or still to come: what was reserved for it */
            countedTicks: number | null;
            /** @description Metrion’s own share before the request went to xAI */
            overheadMs: number;
            firstByteMs: number | null;
            totalMs: number;
            errorCode: string | null;
            /** @description xAI’s own words, to 500 characters */
            errorText: string | null;
            responseId: string | null;
            /** @description What to quote to xAI’s support */
            upstreamRequestId: string | null;
            /** @description The Cloudflare location */
            colo: string | null;
            /** @description x-metrion-session, percent-decoded: the conversation or job that it is a part of */
            session: string | null;
            /** @description x-metrion-tags, percent-decoded: values by name */
            tags: {
                [key: string]: string;
            } | null;
            /** @description How many requests it stands for: beyond 60 refusals a minute and token, one row for all */
            times: number;
            /** @description The async job: a video, a batch, a deferred answer, or an answer that was cut off; null: none */
            work: {
                /** @enum {string} */
                kind: "chat" | "image" | "video" | "batch" | "response";
                /**
                 * @description outstanding: no bill has come yet
                 * @enum {string}
                 */
                state: "outstanding" | "billed" | "over";
                /** @description The request whose row has the bill */
                billedBy: string | null;
            } | null;
        };
        RequestPage: {
            /** @description In the order that was asked for; may be fewer than asked for */
            requests: components["schemas"]["Request"][];
            /** @description Null: this was all */
            nextCursor: string | null;
            /** @description Of a list that is not sorted by time: the range has too many requests, and only those from this moment on were compared; null: all were */
            comparedFrom?: string | null;
        };
        Sums: {
            requests: number;
            /** @description Refused, broken off, or never answered */
            failed: number;
            /** @description The caller left before the end */
            aborted: number;
            /** @description The part of those that Metrion refused itself */
            refused: number;
            inputTokens: number;
            /** @description Part of the input */
            cachedTokens: number;
            /** @description Reasoning included */
            outputTokens: number;
            reasoningTokens: number;
            /** @description 1 USD = 10,000,000,000 ticks */
            costTicks: number;
            /** @description USD, exactly */
            costUsd: string;
            /** @description The part that is xAI’s own bill */
            reportedTicks: number;
            /** @description The part that is complete usage × price table */
            computedTicks: number;
            /** @description The part that is estimated from answers that were cut */
            estimatedTicks: number;
            /** @description The part that is billed to keys that callers sent */
            passThroughTicks: number;
            /** @description Requests whose cost is not known */
            unknownCosts: number;
            /** @description Requests whose bill comes with another one: videos, batches */
            deferred: number;
            /** @description Requests that never ended, as far as is known; they count as failed */
            lost: number;
            /** @description What xAI’s prompt cache saved */
            savedTicks: number;
            /** @description USD, exactly */
            savedUsd: string;
            /** @description xAI’s bill for requests that the price table prices, too … */
            comparedTicks: number;
            /** @description … and what they cost by the table */
            listedTicks: number;
            /** @description How many those are */
            comparedRequests: number;
            /** @description Of complete answers, from the request to the last byte */
            outputTokensPerSecond: number | null;
        };
        Group: {
            requests: number;
            /** @description Refused, broken off, or never answered */
            failed: number;
            /** @description The caller left before the end */
            aborted: number;
            /** @description The part of those that Metrion refused itself */
            refused: number;
            inputTokens: number;
            /** @description Part of the input */
            cachedTokens: number;
            /** @description Reasoning included */
            outputTokens: number;
            reasoningTokens: number;
            /** @description 1 USD = 10,000,000,000 ticks */
            costTicks: number;
            /** @description USD, exactly */
            costUsd: string;
            /** @description The part that is xAI’s own bill */
            reportedTicks: number;
            /** @description The part that is complete usage × price table */
            computedTicks: number;
            /** @description The part that is estimated from answers that were cut */
            estimatedTicks: number;
            /** @description The part that is billed to keys that callers sent */
            passThroughTicks: number;
            /** @description Requests whose cost is not known */
            unknownCosts: number;
            /** @description Requests whose bill comes with another one: videos, batches */
            deferred: number;
            /** @description Requests that never ended, as far as is known; they count as failed */
            lost: number;
            /** @description What xAI’s prompt cache saved */
            savedTicks: number;
            /** @description USD, exactly */
            savedUsd: string;
            /** @description xAI’s bill for requests that the price table prices, too … */
            comparedTicks: number;
            /** @description … and what they cost by the table */
            listedTicks: number;
            /** @description How many those are */
            comparedRequests: number;
            /** @description Of complete answers, from the request to the last byte */
            outputTokensPerSecond: number | null;
            /** @description Null: no requester, or no model. “ others”, with a space before it: the requesters beyond REQUESTERS_PER_HOUR, which share one sum in each hour */
            key: string | null;
        };
        Usage: {
            /**
             * Format: date-time
             * @description UTC
             */
            from: string;
            /**
             * Format: date-time
             * @description UTC
             */
            to: string;
            interval: ("5min" | "hour" | "day") | null;
            zone: string;
            groupBy: ("model" | "requester" | "token") | null;
            total: components["schemas"]["Sums"];
            /** @description The most expensive first */
            groups: components["schemas"]["Group"][] | null;
            series: {
                /**
                 * Format: date-time
                 * @description UTC
                 */
                start: string;
                total: components["schemas"]["Sums"];
                groups: components["schemas"]["Group"][] | null;
            }[] | null;
            /** @description Requests for one model that another one answered, the most expensive first */
            redirects: {
                requestedModel: string;
                /** @description The one that answered */
                model: string;
                requests: number;
                /** @description How many Metrion tokens they came with */
                tokens: number;
                /** @description 1 USD = 10,000,000,000 ticks */
                costTicks: number;
                /** @description USD, exactly */
                costUsd: string;
            }[];
            /** @description Videos, batches and deferred answers whose bill has not come yet, of any time */
            outstanding: {
                count: number;
                oldestAt: string | null;
            };
        };
        Latency: {
            /** @description In milliseconds, interpolated from histograms: within 10%, usually within 2% */
            firstByteMs: {
                p50: number | null;
                p95: number | null;
                p99: number | null;
            };
            /** @description In milliseconds, interpolated from histograms: within 10%, usually within 2% */
            totalMs: {
                p50: number | null;
                p95: number | null;
                p99: number | null;
            };
            /** @description Metrion’s own share before the request went to xAI */
            overheadMeanMs: number | null;
            /**
             * Format: date-time
             * @description UTC
             */
            from: string;
            /**
             * Format: date-time
             * @description UTC
             */
            to: string;
            interval: ("5min" | "hour" | "day") | null;
            zone: string;
            series: {
                /** @description In milliseconds, interpolated from histograms: within 10%, usually within 2% */
                firstByteMs: {
                    p50: number | null;
                    p95: number | null;
                    p99: number | null;
                };
                /** @description In milliseconds, interpolated from histograms: within 10%, usually within 2% */
                totalMs: {
                    p50: number | null;
                    p95: number | null;
                    p99: number | null;
                };
                /** @description Metrion’s own share before the request went to xAI */
                overheadMeanMs: number | null;
                /**
                 * Format: date-time
                 * @description UTC
                 */
                start: string;
            }[] | null;
        };
        Errors: {
            /**
             * Format: date-time
             * @description UTC
             */
            from: string;
            /**
             * Format: date-time
             * @description UTC
             */
            to: string;
            interval: ("5min" | "hour" | "day") | null;
            zone: string;
            total: number;
            /** @description The most frequent first */
            codes: {
                /** @description What the caller was told */
                status: number;
                /** @description xAI’s code, or Metrion’s own */
                code: string | null;
                requests: number;
                /**
                 * Format: date-time
                 * @description UTC
                 */
                lastAt: string;
                /** Format: uuid */
                lastId: string;
            }[];
            series: {
                /**
                 * Format: date-time
                 * @description UTC
                 */
                start: string;
                total: number;
                codes: {
                    /** @description What the caller was told */
                    status: number;
                    /** @description xAI’s code, or Metrion’s own */
                    code: string | null;
                    requests: number;
                }[];
            }[] | null;
            /** @description The fifty newest, with xAI’s words */
            latest: components["schemas"]["Request"][];
        };
        Sessions: {
            sessions: {
                session: string;
                requests: number;
                failed: number;
                inputTokens: number;
                /** @description Part of the input */
                cachedTokens: number;
                outputTokens: number;
                /** @description 1 USD = 10,000,000,000 ticks */
                costTicks: number;
                /** @description USD, exactly */
                costUsd: string;
                /** @description What xAI’s prompt cache saved */
                savedTicks: number;
                /** @description USD, exactly */
                savedUsd: string;
                /** @description Requests whose cost is not known */
                unknownCosts: number;
                /**
                 * Format: date-time
                 * @description When its first request came
                 */
                firstAt: string;
                /**
                 * Format: date-time
                 * @description When its newest request ended
                 */
                lastAt: string;
                /** @description From the first request to the end of the newest */
                durationMs: number;
            }[];
            /** @description Null: this was all */
            nextCursor: string | null;
            /** @description False: the range has too many sessions, and only the newest were compared */
            isAll: boolean;
        };
        Tags: {
            /** @description The most expensive first. A request counts with each of its tags */
            tags: {
                /** @description A value of the tag; without “name”, the name of a tag */
                key: string;
                requests: number;
                failed: number;
                inputTokens: number;
                outputTokens: number;
                /** @description 1 USD = 10,000,000,000 ticks */
                costTicks: number;
                /** @description USD, exactly */
                costUsd: string;
            }[];
            /** @description The range has too many requests, and only those from this moment on were added up; null: all were */
            addedFrom: string | null;
        };
        Token: {
            id: string;
            name: string;
            /** @description The last characters of its secret */
            lastFour: string;
            /** @enum {string} */
            scope: "inference" | "all";
            /** @description Null: never */
            expiresAt: string | null;
            disabled: boolean;
            /** @description Patterns of the models that a request may name; null: no limit */
            models: string[] | null;
            /** @description Patterns of endpoints; null: no limit */
            endpoints: string[] | null;
            /** @description CIDR ranges that requests may come from; null: no limit */
            addresses: string[] | null;
            /** @description Requests a minute; null: no limit */
            requestsPerMinute: number | null;
            /** @description Tokens a minute, input and output; counted when a request has ended; null: no limit */
            tokensPerMinute: number | null;
            /** @description Requests at the same time; null: no limit */
            concurrent: number | null;
            /**
             * Format: date-time
             * @description UTC
             */
            createdAt: string;
            revokedAt: string | null;
            /** @description Until when the secret before the last rotation works; null: there is none */
            formerValidUntil: string | null;
        };
        TokenList: {
            tokens: components["schemas"]["Token"][];
        };
        TokenWithSecret: {
            id: string;
            name: string;
            /** @description The last characters of its secret */
            lastFour: string;
            /** @enum {string} */
            scope: "inference" | "all";
            /** @description Null: never */
            expiresAt: string | null;
            disabled: boolean;
            /** @description Patterns of the models that a request may name; null: no limit */
            models: string[] | null;
            /** @description Patterns of endpoints; null: no limit */
            endpoints: string[] | null;
            /** @description CIDR ranges that requests may come from; null: no limit */
            addresses: string[] | null;
            /** @description Requests a minute; null: no limit */
            requestsPerMinute: number | null;
            /** @description Tokens a minute, input and output; counted when a request has ended; null: no limit */
            tokensPerMinute: number | null;
            /** @description Requests at the same time; null: no limit */
            concurrent: number | null;
            /**
             * Format: date-time
             * @description UTC
             */
            createdAt: string;
            revokedAt: string | null;
            /** @description Until when the secret before the last rotation works; null: there is none */
            formerValidUntil: string | null;
            /** @description sk-metrion-…, the new secret */
            token: string;
        };
        Rotated: {
            /** @description sk-metrion-…, the new secret */
            token: string;
            /** @description Until when the secret before the last rotation works; null: there is none */
            formerValidUntil: string | null;
        };
        NewToken: {
            name: string;
            /** @enum {string} */
            scope?: "inference" | "all";
            expiresAt?: string | null;
            disabled?: boolean;
            models?: string[] | null;
            endpoints?: string[] | null;
            addresses?: string[] | null;
            requestsPerMinute?: number | null;
            tokensPerMinute?: number | null;
            concurrent?: number | null;
        };
        TokenChanges: {
            name?: string;
            /** @enum {string} */
            scope?: "inference" | "all";
            expiresAt?: string | null;
            disabled?: boolean;
            models?: string[] | null;
            endpoints?: string[] | null;
            addresses?: string[] | null;
            requestsPerMinute?: number | null;
            tokensPerMinute?: number | null;
            concurrent?: number | null;
        };
        Rotation: {
            graceHours: number;
        };
        Budget: {
            id: string;
            name: string;
            scope: {
                /** @enum {string} */
                kind: "account" | "token" | "requester" | "model";
                /** @description Null: each value its own, or the account */
                value: string | null;
            };
            /**
             * @description cost is in ticks: 1 USD = 10,000,000,000 ticks
             * @enum {string}
             */
            meter: "cost" | "tokens" | "requests";
            /**
             * @description By the calendar of the account’s time zone
             * @enum {string}
             */
            window: "hour" | "day" | "week" | "month" | "lifetime";
            limit: number;
            /** @description In percent of the limit */
            thresholds: number[];
            /**
             * @description What happens at the limit
             * @enum {string}
             */
            action: "warn" | "refuse" | "stop";
            /**
             * @description What happens if the budget cannot be checked
             * @enum {string}
             */
            whenUnavailable: "open" | "closed";
            /** @description A temporary increase */
            increase: {
                by: number;
                /**
                 * Format: date-time
                 * @description UTC
                 */
                until: string;
            } | null;
            /** @description False: what is spent cannot be told now, or the deployment has no budgets */
            available: boolean;
            /** @description The values with the most spent, 100 at most */
            state: {
                /** @description Null: the whole account; empty: requests without a requester */
                value: string | null;
                /** @description Spent in the running window, in the unit of the meter */
                spent: number;
                /** @description Reserved for running requests, in the unit of the meter */
                reserved: number;
                /** @description What isolates may use by themselves, in the unit of the meter */
                leased: number;
                /** @description The part of both of which nothing has been heard for minutes, in the unit of the meter */
                unaccounted: number;
                /** @description The limit now, with a temporary increase, in the unit of the meter */
                limit: number;
                /**
                 * Format: date-time
                 * @description UTC
                 */
                windowStart: string;
                /** @description Null: never */
                resetsAt: string | null;
                /** @description Running requests */
                running: number;
                /** @description By at most so much could the limit have been exceeded in this window, in the unit of the meter */
                mostOver: number;
            }[];
        };
        BudgetList: {
            budgets: components["schemas"]["Budget"][];
        };
        NewBudget: {
            name: string;
            scope: {
                /** @enum {string} */
                kind: "account" | "token" | "requester" | "model";
                /** @default null */
                value: string | null;
            };
            /** @enum {string} */
            meter: "cost" | "tokens" | "requests";
            /** @enum {string} */
            window: "hour" | "day" | "week" | "month" | "lifetime";
            limit: number;
            thresholds?: number[];
            /** @enum {string} */
            action: "warn" | "refuse" | "stop";
            /**
             * @default open
             * @enum {string}
             */
            whenUnavailable: "open" | "closed";
            increase?: {
                by: number;
                /** Format: date-time */
                until: string;
            } | null;
        };
        BudgetChanges: {
            name?: string;
            scope?: {
                /** @enum {string} */
                kind: "account" | "token" | "requester" | "model";
                /** @default null */
                value: string | null;
            };
            /** @enum {string} */
            meter?: "cost" | "tokens" | "requests";
            /** @enum {string} */
            window?: "hour" | "day" | "week" | "month" | "lifetime";
            limit?: number;
            thresholds?: number[];
            /** @enum {string} */
            action?: "warn" | "refuse" | "stop";
            /** @enum {string} */
            whenUnavailable?: "open" | "closed";
            increase?: {
                by: number;
                /** Format: date-time */
                until: string;
            } | null;
        };
        Alert: {
            id: string;
            name: string;
            /** @enum {string} */
            kind: "forecast" | "spike" | "error_rate" | "error_count" | "latency" | "volume" | "credit" | "model_change" | "price_drift" | "token_expiry" | "token_unused" | "ledger";
            scope: {
                /** @enum {string} */
                kind: "account" | "token" | "model";
                /** @description The id of a token, or a model. Null: the account */
                value: string | null;
            };
            /** @description A warning is sent at 90% of it, an alert at 100% */
            threshold: number | null;
            /** @description The unit of the threshold */
            unit: ("ticks" | "tokens" | "requests" | "percent" | "ms" | "times" | "days") | null;
            /** @description The number of hours that are looked at */
            hours: number | null;
            /** @description With fewer requests, or less spent (ticks), nothing is told */
            minimum: number | null;
            /** @description Ids of channels. Null: all */
            channels: string[] | null;
            /**
             * Format: date-time
             * @description UTC
             */
            createdAt: string;
            /** @description What the rule has told last */
            state: {
                subject: string;
                /** @description What was told and is not over */
                open: ("warning" | "alert") | null;
                warningAt: string | null;
                alertAt: string | null;
                overAt: string | null;
            }[];
        };
        AlertList: {
            alerts: components["schemas"]["Alert"][];
        };
        NewAlert: {
            /** @enum {string} */
            kind: "forecast" | "spike" | "error_rate" | "error_count" | "latency" | "volume" | "credit" | "model_change" | "price_drift" | "token_expiry" | "token_unused" | "ledger";
            name?: string;
            /**
             * @default {
             *       "kind": "account",
             *       "value": null
             *     }
             */
            scope: {
                /** @enum {string} */
                kind: "account" | "token" | "model";
                /** @default null */
                value: string | null;
            };
            /** @default null */
            threshold: number | null;
            /** @default null */
            hours: number | null;
            /** @default null */
            minimum: number | null;
            /** @default null */
            channels: string[] | null;
        };
        AlertChanges: {
            name?: string;
            scope?: {
                /** @enum {string} */
                kind: "account" | "token" | "model";
                /** @default null */
                value: string | null;
            };
            threshold?: number | null;
            hours?: number | null;
            minimum?: number | null;
            channels?: string[] | null;
        };
        Channel: {
            id: string;
            name: string;
            /** @enum {string} */
            kind: "webhook" | "slack" | "email";
            /** @description The part of the address that may be shown */
            target: string;
            /**
             * Format: date-time
             * @description UTC
             */
            createdAt: string;
            /** @description Five attempts in a row have failed */
            isFailing: boolean;
            /** @description Attempts that failed since the last one that did not */
            failures: number;
            lastError: string | null;
            lastTriedAt: string | null;
            lastDeliveredAt: string | null;
        };
        ChannelList: {
            channels: components["schemas"]["Channel"][];
        };
        ChannelWithSecret: {
            id: string;
            name: string;
            /** @enum {string} */
            kind: "webhook" | "slack" | "email";
            /** @description The part of the address that may be shown */
            target: string;
            /**
             * Format: date-time
             * @description UTC
             */
            createdAt: string;
            /** @description Five attempts in a row have failed */
            isFailing: boolean;
            /** @description Attempts that failed since the last one that did not */
            failures: number;
            lastError: string | null;
            lastTriedAt: string | null;
            lastDeliveredAt: string | null;
            /** @description Of a webhook: whsec_…, which checks its signatures. It is not shown again */
            secret: string | null;
        };
        ChangedChannel: {
            id: string;
            name: string;
            /** @enum {string} */
            kind: "webhook" | "slack" | "email";
            /** @description The part of the address that may be shown */
            target: string;
            /**
             * Format: date-time
             * @description UTC
             */
            createdAt: string;
            /** @description Five attempts in a row have failed */
            isFailing: boolean;
            /** @description Attempts that failed since the last one that did not */
            failures: number;
            lastError: string | null;
            lastTriedAt: string | null;
            lastDeliveredAt: string | null;
            /** @description The new secret, if rotateSecret was sent; else null */
            secret: string | null;
        };
        NewChannel: {
            name: string;
            /** @enum {string} */
            kind: "webhook" | "slack" | "email";
            target: string;
        };
        ChannelChanges: {
            name?: string;
            target?: string;
            rotateSecret?: boolean;
        };
        ChannelTest: {
            isDelivered: boolean;
            /** @description The reason why it was not delivered */
            error: string | null;
        };
        ManagementKey: {
            /** @constant */
            provider: "grok";
            lastFour: string;
            /**
             * Format: date-time
             * @description UTC
             */
            savedAt: string;
            /** @description When xAI’s bill was last read */
            readAt: string | null;
            /** @description The reason why the last reading failed */
            problem: string | null;
        };
        NewManagementKey: {
            key: string;
        };
        Error: {
            error: {
                /** @description What could not be done, and what to do */
                message: string;
                type: string;
                /** @description The parameter that is wrong */
                param: string | null;
                code: string | null;
            };
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    listRequests: {
        parameters: {
            query?: {
                from?: string;
                to?: string;
                model?: string[];
                /** @description The model that the request named */
                requestedModel?: string[];
                /** @description x-metrion-user; the empty text stands for no requester */
                requester?: string[];
                token?: string[];
                /** @description x-metrion-session; the empty text stands for no session */
                session?: string[];
                /** @description A tag: name=value, or name for any value. Values of one name are alternatives; every name must match. Encode = in a name as %3D */
                tag?: string[];
                endpoint?: string[];
                mode?: ("stored" | "pass-through" | "job")[];
                status?: string[];
                outcome?: ("complete" | "refused" | "upstream_refused" | "upstream_error" | "upstream_cut" | "upstream_unreachable" | "upstream_timeout" | "client_gone" | "stopped" | "lost")[];
                /** @description xAI’s code of an error, or Metrion’s own; the empty text stands for no code */
                errorCode?: string[];
                costBasis?: ("reported" | "computed" | "estimated" | "deferred" | "unknown" | "none")[];
                costAbove?: string;
                slowerThanMs?: string;
                q?: string;
                limit?: number;
                cursor?: string | null;
                /** @description Anything but time needs from: the requests of a range are compared */
                sort?: "time" | "cost" | "tokens" | "firstByte" | "duration";
                order?: "desc" | "asc";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description List requests */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RequestPage"];
                };
            };
            /** @description A parameter is invalid or unknown; the error names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description No valid API token and no session */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API token lacks the scope */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getRequest: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Get one request */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RequestDetail"];
                };
            };
            /** @description No valid API token and no session */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API token lacks the scope */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Request not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    exportCsv: {
        parameters: {
            query?: {
                from?: string;
                to?: string;
                model?: string[];
                /** @description The model that the request named */
                requestedModel?: string[];
                /** @description x-metrion-user; the empty text stands for no requester */
                requester?: string[];
                token?: string[];
                /** @description x-metrion-session; the empty text stands for no session */
                session?: string[];
                /** @description A tag: name=value, or name for any value. Values of one name are alternatives; every name must match. Encode = in a name as %3D */
                tag?: string[];
                endpoint?: string[];
                mode?: ("stored" | "pass-through" | "job")[];
                status?: string[];
                outcome?: ("complete" | "refused" | "upstream_refused" | "upstream_error" | "upstream_cut" | "upstream_unreachable" | "upstream_timeout" | "client_gone" | "stopped" | "lost")[];
                /** @description xAI’s code of an error, or Metrion’s own; the empty text stands for no code */
                errorCode?: string[];
                costBasis?: ("reported" | "computed" | "estimated" | "deferred" | "unknown" | "none")[];
                costAbove?: string;
                slowerThanMs?: string;
                q?: string;
                bom?: "true" | "false";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A file */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/csv": string;
                };
            };
            /** @description A parameter is invalid or unknown; the error names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description No valid API token and no session */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API token lacks the scope */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    exportNdjson: {
        parameters: {
            query?: {
                from?: string;
                to?: string;
                model?: string[];
                /** @description The model that the request named */
                requestedModel?: string[];
                /** @description x-metrion-user; the empty text stands for no requester */
                requester?: string[];
                token?: string[];
                /** @description x-metrion-session; the empty text stands for no session */
                session?: string[];
                /** @description A tag: name=value, or name for any value. Values of one name are alternatives; every name must match. Encode = in a name as %3D */
                tag?: string[];
                endpoint?: string[];
                mode?: ("stored" | "pass-through" | "job")[];
                status?: string[];
                outcome?: ("complete" | "refused" | "upstream_refused" | "upstream_error" | "upstream_cut" | "upstream_unreachable" | "upstream_timeout" | "client_gone" | "stopped" | "lost")[];
                /** @description xAI’s code of an error, or Metrion’s own; the empty text stands for no code */
                errorCode?: string[];
                costBasis?: ("reported" | "computed" | "estimated" | "deferred" | "unknown" | "none")[];
                costAbove?: string;
                slowerThanMs?: string;
                q?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A file */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": string;
                };
            };
            /** @description A parameter is invalid or unknown; the error names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description No valid API token and no session */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API token lacks the scope */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    listSessions: {
        parameters: {
            query?: {
                from?: string;
                to?: string;
                sort?: "latest" | "cost" | "requests";
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description List sessions with their sums */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Sessions"];
                };
            };
            /** @description A parameter is invalid or unknown; the error names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description No valid API token and no session */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API token lacks the scope */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getTags: {
        parameters: {
            query?: {
                from?: string;
                to?: string;
                model?: string[];
                /** @description x-metrion-user; the empty text stands for no requester */
                requester?: string[];
                token?: string[];
                name?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Costs by tag */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tags"];
                };
            };
            /** @description A parameter is invalid or unknown; the error names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description No valid API token and no session */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API token lacks the scope */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getUsage: {
        parameters: {
            query: {
                from: string;
                to?: string;
                model?: string[];
                /** @description x-metrion-user; the empty text stands for no requester */
                requester?: string[];
                token?: string[];
                interval?: "5min" | "hour" | "day";
                zone?: string;
                groupBy?: "model" | "requester" | "token";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Sums of requests, tokens and costs */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Usage"];
                };
            };
            /** @description A parameter is invalid or unknown; the error names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description No valid API token and no session */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API token lacks the scope */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    exportFocus: {
        parameters: {
            query: {
                from: string;
                to?: string;
                model?: string[];
                /** @description x-metrion-user; the empty text stands for no requester */
                requester?: string[];
                token?: string[];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A file */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/csv": string;
                };
            };
            /** @description A parameter is invalid or unknown; the error names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description No valid API token and no session */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API token lacks the scope */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getLatency: {
        parameters: {
            query: {
                from: string;
                to?: string;
                model?: string[];
                /** @description x-metrion-user; the empty text stands for no requester */
                requester?: string[];
                token?: string[];
                interval?: "5min" | "hour" | "day";
                zone?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Latency of requests */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Latency"];
                };
            };
            /** @description A parameter is invalid or unknown; the error names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description No valid API token and no session */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API token lacks the scope */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getErrors: {
        parameters: {
            query: {
                from: string;
                to?: string;
                model?: string[];
                /** @description x-metrion-user; the empty text stands for no requester */
                requester?: string[];
                token?: string[];
                interval?: "5min" | "hour" | "day";
                zone?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Failed requests by status and code, and the latest of them */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Errors"];
                };
            };
            /** @description A parameter is invalid or unknown; the error names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description No valid API token and no session */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API token lacks the scope */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    listTokens: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The account’s Metrion tokens */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenList"];
                };
            };
            /** @description No session */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    createToken: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewToken"];
            };
        };
        responses: {
            /** @description Create a token */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenWithSecret"];
                };
            };
            /** @description A parameter is invalid or unknown; the error names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description No session */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    revokeToken: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Revoke a token */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No session */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description No such token */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    changeToken: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TokenChanges"];
            };
        };
        responses: {
            /** @description Change a token */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Token"];
                };
            };
            /** @description A parameter is invalid or unknown; the error names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description No session */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description No such token */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    rotateToken: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Rotation"];
            };
        };
        responses: {
            /** @description Give a token a new secret */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Rotated"];
                };
            };
            /** @description A parameter is invalid or unknown; the error names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description No session */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description No such token */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    listBudgets: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The account’s budgets, with what is spent */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BudgetList"];
                };
            };
            /** @description No session */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    createBudget: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewBudget"];
            };
        };
        responses: {
            /** @description Create a budget */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Budget"];
                };
            };
            /** @description A parameter is invalid or unknown; the error names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description No session */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getBudget: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A budget, with what is spent */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Budget"];
                };
            };
            /** @description No session */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description No such token */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    deleteBudget: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Delete a budget */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No session */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description No such token */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    changeBudget: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BudgetChanges"];
            };
        };
        responses: {
            /** @description Change a budget */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Budget"];
                };
            };
            /** @description A parameter is invalid or unknown; the error names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description No session */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description No such token */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    listAlerts: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The account’s alert rules */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlertList"];
                };
            };
            /** @description No session */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    createAlert: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewAlert"];
            };
        };
        responses: {
            /** @description Create an alert rule */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Alert"];
                };
            };
            /** @description A parameter is invalid or unknown; the error names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description No session */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    deleteAlert: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Delete an alert rule */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No session */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description No such token */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    changeAlert: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AlertChanges"];
            };
        };
        responses: {
            /** @description Change an alert rule */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Alert"];
                };
            };
            /** @description A parameter is invalid or unknown; the error names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description No session */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description No such token */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    listChannels: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Where the account’s alerts go */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChannelList"];
                };
            };
            /** @description No session */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    createChannel: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewChannel"];
            };
        };
        responses: {
            /** @description Create a channel */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChannelWithSecret"];
                };
            };
            /** @description A parameter is invalid or unknown; the error names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description No session */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    deleteChannel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Delete a channel */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No session */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description No such token */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    changeChannel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChannelChanges"];
            };
        };
        responses: {
            /** @description Change a channel */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChangedChannel"];
                };
            };
            /** @description A parameter is invalid or unknown; the error names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description No session */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description No such token */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    testChannel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Send a test message to a channel */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChannelTest"];
                };
            };
            /** @description No session */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description No such token */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getManagementKey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The saved management key of xAI */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ManagementKey"];
                };
            };
            /** @description No session */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    saveManagementKey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewManagementKey"];
            };
        };
        responses: {
            /** @description Save a management key of xAI */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ManagementKey"];
                };
            };
            /** @description A parameter is invalid or unknown; the error names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description No session */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    deleteManagementKey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Delete the management key */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No session */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
}
