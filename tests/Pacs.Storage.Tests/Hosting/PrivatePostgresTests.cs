using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Pacs.Storage.Hosting;
using Pacs.TestKit;

namespace Pacs.Storage.Tests.Hosting;

public sealed class PrivatePostgresTests
{
    [Fact]
    public async Task Start_SecondProcessOfTheSameFolder_SharesItAndLastOneStopsIt()
    {
        using var folder = new TemporaryFolder();
        var first = new PacsDatabase(new PacsOptions { DataFolder = folder.Path }, NullLoggerFactory.Instance);
        var second = new PacsDatabase(new PacsOptions { DataFolder = folder.Path }, NullLoggerFactory.Instance);
        await Task.WhenAll(first.StartAsync(default), second.StartAsync(default));
        Assert.True(await first.IsReadyAsync(default) && await second.IsReadyAsync(default));

        await first.DisposeAsync();
        Assert.True(await second.IsReadyAsync(default));
        await second.DisposeAsync();
        Assert.False(File.Exists(Path.Combine(folder.Path, "postgres/cluster/postmaster.pid")));
    }

    [Fact]
    public async Task Watch_PostgresDies_IsStartedAgain()
    {
        using var folder = new TemporaryFolder();
        await using var database = new PacsDatabase(new PacsOptions { DataFolder = folder.Path }, NullLoggerFactory.Instance);
        await database.StartAsync(default);
        using (var postmaster = Process.GetProcessById(Postmaster(folder.Path))) postmaster.Kill();
        await Eventually.TrueAsync(() => database.IsReadyAsync(default));
    }

    [Fact]
    public async Task Start_PostgresStillRecovers_WaitsForIt()
    {
        using var folder = new TemporaryFolder();
        var cluster = Path.Combine(folder.Path, "postgres/cluster");
        await using var first = new PacsDatabase(new PacsOptions { DataFolder = folder.Path }, NullLoggerFactory.Instance);
        await first.StartAsync(default);
        // A standby that lets nobody in recovers for as long as it takes this test.
        await File.WriteAllTextAsync(Path.Combine(cluster, "local.conf"), "hot_standby = off\nwal_retrieve_retry_interval = 100ms\n");
        await File.WriteAllTextAsync(Path.Combine(cluster, "standby.signal"), "");
        using (var postmaster = Process.GetProcessById(Postmaster(folder.Path))) postmaster.Kill();

        // Longer than a busy disk takes to recover.
        await using var second = new PacsDatabase(new PacsOptions { DataFolder = folder.Path, Database = new DatabaseOptions { StartupTimeoutSeconds = 600 } }, NullLoggerFactory.Instance);
        var starting = second.StartAsync(default);
        await Eventually.TrueAsync(() => starting.IsCompleted || File.ReadAllText(Path.Combine(cluster, "server.log")).Contains("not accepting connections", StringComparison.Ordinal));
        Assert.False(starting.IsCompleted);

        await File.WriteAllTextAsync(Path.Combine(cluster, "promote"), "");
        using (var signal = Process.Start("kill", ["-USR1", $"{Postmaster(folder.Path)}"])) await signal.WaitForExitAsync();
        await starting;
        Assert.True(await second.IsReadyAsync(default));
    }

    [Fact]
    public async Task Start_PathTooLongForASocket_UsesAShortPrivateFolder()
    {
        using var folder = new TemporaryFolder();
        var data = Path.Combine(folder.Path, new string('x', 60), "it's, a place", new string('y', 60));
        string socketFolder;
        await using (var database = new PacsDatabase(new PacsOptions { DataFolder = data }, NullLoggerFactory.Instance))
        {
            await database.StartAsync(default);
            Assert.True(await database.IsReadyAsync(default));
            socketFolder = new NpgsqlConnectionStringBuilder(database.DataSource.ConnectionString).Host!;
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(socketFolder));
        }
        await using (var again = new PacsDatabase(new PacsOptions { DataFolder = data }, NullLoggerFactory.Instance))
        {
            await again.StartAsync(default);
            Assert.Equal(socketFolder, new NpgsqlConnectionStringBuilder(again.DataSource.ConnectionString).Host);
        }
        Directory.Delete(socketFolder, recursive: true);
    }

    [Fact]
    public async Task Start_SocketFolderIsSomebodyElses_Refuses()
    {
        using var folder = new TemporaryFolder();
        var data = Path.Combine(folder.Path, new string('x', 120));
        await using var database = new PacsDatabase(new PacsOptions { DataFolder = data }, NullLoggerFactory.Instance);
        var socketFolder = new NpgsqlConnectionStringBuilder(database.DataSource.ConnectionString).Host!;
        Directory.CreateDirectory(socketFolder, (UnixFileMode)511);
        try
        {
            var fault = await Assert.ThrowsAsync<PacsStartupException>(() => database.StartAsync(default));
            Assert.Contains(socketFolder, fault.Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(socketFolder, recursive: true);
        }
    }

    [Fact]
    public async Task Start_DataFolderThatOnlyItsOwnerMayEnter_Starts()
    {
        using var folder = new TemporaryFolder();
        var closed = Directory.CreateDirectory(Path.Combine(folder.Path, "closed"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await using var database = new PacsDatabase(new PacsOptions { DataFolder = Path.Combine(closed.FullName, "data") }, NullLoggerFactory.Instance);
        await database.StartAsync(default);
        Assert.True(await database.IsReadyAsync(default));
    }

    private static int Postmaster(string data) => int.Parse(File.ReadLines(Path.Combine(data, "postgres/cluster/postmaster.pid")).First());
}
