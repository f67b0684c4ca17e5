namespace Pacs.Storage.Hosting;

/// <summary>The private instance's configuration, written anew before each start.</summary>
internal static class PostgresConfiguration
{
    public static void Write(string cluster, string socketFolder)
    {
        File.WriteAllText(Path.Combine(cluster, "postgresql.conf"), Settings(socketFolder));
        // The socket's folder lets only its owner and root in; the server checks once more who calls.
        File.WriteAllText(Path.Combine(cluster, "pg_hba.conf"), "local all all peer map=pacs\n");
        var accounts = new[] { Environment.UserName, "root", "postgres" }.Distinct();
        File.WriteAllLines(Path.Combine(cluster, "pg_ident.conf"), accounts.Select(a => $"pacs \"{a}\" pacs"));
    }

    private static string Settings(string socketFolder) =>
        $"""
        # Written at each start. Settings of your own go to local.conf beside this file and win.

        # Only this machine's processes, by a socket in a private folder.
        listen_addresses = ''
        unix_socket_directories = '{socketFolder}'
        unix_socket_permissions = 0700
        port = 5432
        max_connections = 300

        # An acknowledged object is durable.
        fsync = on
        synchronous_commit = on
        full_page_writes = on

        shared_buffers = 256MB
        effective_cache_size = 2GB
        work_mem = 16MB
        maintenance_work_mem = 128MB
        wal_compression = lz4
        wal_buffers = 16MB
        max_wal_size = 4GB
        checkpoint_timeout = 15min
        random_page_cost = 1.1

        # Plans for "any patient" are bad plans for this patient.
        plan_cache_mode = force_custom_plan
        jit = off

        # Values of statements are patients' data: they stay out of the log.
        log_min_messages = warning
        log_min_error_statement = panic
        log_error_verbosity = terse
        log_parameter_max_length_on_error = 0
        log_line_prefix = '%m [%p] '

        timezone = 'UTC'
        log_timezone = 'UTC'
        datestyle = 'iso, ymd'
        default_text_search_config = 'pg_catalog.simple'
        include_if_exists 'local.conf'

        """;
}
