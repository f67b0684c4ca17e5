using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Dicom.UpperLayer;
using Pacs.TestKit;
using Pacs.TestKit.Net;

namespace Pacs.Dicom.Tests.Net;

/// <summary>Each association leaves its events in the log: how it began, and how it ended.</summary>
public sealed class AssociationLogTests
{
    private sealed class Journal : ILogger<AssociationListener>
    {
        public ConcurrentQueue<(int Event, LogLevel Level, string Text)> Entries { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;
        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Entries.Enqueue((eventId.Id, logLevel, formatter(state, exception)));

        public async Task<string> ExpectAsync(string part, LogLevel level)
        {
            await Eventually.TrueAsync(() => Entries.Any(e => e.Level == level && e.Text.Contains(part, StringComparison.Ordinal)));
            return Entries.First(e => e.Level == level && e.Text.Contains(part, StringComparison.Ordinal)).Text;
        }
    }

    [Fact]
    public async Task Association_AcceptedAndReleased_LogsBoth()
    {
        var log = new Journal();
        using var server = new TestServer(logger: log);
        using (var client = server.Associate()) client.Release();

        Assert.Contains("CLIENT at 127.0.0.1", await log.ExpectAsync("accepted", LogLevel.Information));
        await log.ExpectAsync("released", LogLevel.Information);
    }

    [Fact]
    public async Task Association_Rejected_LogsWhy()
    {
        var log = new Journal();
        using var server = new TestServer(options: new AssociationListenerOptions { AeTitles = ["PACS"] }, logger: log);

        Assert.Throws<AssociationRejectedException>(() => server.Associate());

        await log.ExpectAsync("called AE title not recognized", LogLevel.Warning);
    }

    [Fact]
    public async Task Association_AbortedByThePeer_LogsTheAbort()
    {
        var log = new Journal();
        using var server = new TestServer(logger: log);
        using var peer = server.Connect().Associate().Send(new AAbort(AbortSource.ServiceUser, AbortReason.NotSpecified));

        await log.ExpectAsync("The peer aborted the association", LogLevel.Warning);
    }

    [Fact]
    public async Task Timeout_Idle_IsAnAbortAndLogged()
    {
        var log = new Journal();
        using var server = new TestServer(options: new AssociationListenerOptions { IdleTimeout = TimeSpan.FromMilliseconds(300) }, logger: log);
        using var peer = server.Connect().Associate();

        peer.Expect<AAbort>();
        await log.ExpectAsync("The peer took too long, receiving while Established", LogLevel.Warning);
    }

    [Fact]
    public async Task Timeout_WithinAMessage_IsAnAbortAndLogged()
    {
        var log = new Journal();
        using var server = new TestServer(options: new AssociationListenerOptions { NetworkTimeout = TimeSpan.FromMilliseconds(300) }, logger: log);
        using var peer = server.Connect().Associate().Send(0x04, 0x00);

        peer.Expect<AAbort>();
        await log.ExpectAsync("The peer took too long, receiving while Established", LogLevel.Warning);
    }

    [Fact]
    public async Task Timeout_OfAResponseToUs_IsAnAbortAndLogged()
    {
        var log = new Journal();
        using var server = new TestServer(
            new TestService { Instead = r => r.Store(new StoreOperation(r.FindContexts(Uids.CTImageStorage)[0], Uids.CTImageStorage, "1.2", new MemoryStream(new byte[10]))) },
            new AssociationListenerOptions { ResponseTimeout = TimeSpan.FromMilliseconds(300) },
            logger: log);
        using var peer = server.Connect().Associate(HostilePeerTests.CtRequest with
        {
            UserInformation = new UserInformation { RoleSelections = [new RoleSelection(Uids.CTImageStorage, true, true)] },
        });
        peer.Send(1, CommandSet.StoreRequest(Uids.CTImageStorage, "1.1"), 1, new byte[10]);
        Assert.Equal(CommandField.CStoreRq, peer.ExpectMessage().Command.Command);

        peer.Expect<AAbort>();
        await log.ExpectAsync("The peer took too long", LogLevel.Warning);
    }

    [Fact]
    public async Task Connection_SpeaksNoDicom_IsLogged()
    {
        var log = new Journal();
        using var server = new TestServer(logger: log);
        using var peer = server.Connect().Send("GET / HTTP/1.1\r\n\r\n"u8.ToArray());

        Assert.Contains("127.0.0.1", await log.ExpectAsync("is not the type of a PDU", LogLevel.Information));
    }

    [Fact]
    public async Task Tls_HandshakeThatFails_IsLogged()
    {
        var log = new Journal();
        using var certificates = new TestCertificates();
        using var server = new TestServer(options: new AssociationListenerOptions { Tls = () => certificates.ServerOptions() }, logger: log);
        using var peer = server.Connect().Send(ScriptedPeer.VerificationRequest);

        Assert.Contains("127.0.0.1", await log.ExpectAsync("TLS could not be agreed", LogLevel.Information));
    }

    [Fact]
    public async Task Tls_NothingSent_IsNoAssociation()
    {
        var log = new Journal();
        using var certificates = new TestCertificates();
        using var server = new TestServer(options: new AssociationListenerOptions { ArtimTimeout = TimeSpan.FromMilliseconds(300), Tls = () => certificates.ServerOptions() }, logger: log);
        using var peer = server.Connect();

        await log.ExpectAsync("in the TLS handshake", LogLevel.Debug);
    }

    [Fact]
    public async Task Exception_OfAHandler_IsLoggedWithTheAssociation()
    {
        var log = new Journal();
        using var server = new TestServer(new TestService { Before = _ => throw new InvalidOperationException("Broken.") }, logger: log);
        using var client = server.Associate();

        Assert.Equal(DimseStatus.ProcessingFailure, client.Echo());
        await log.ExpectAsync("CEchoRq failed", LogLevel.Error);
    }
}
