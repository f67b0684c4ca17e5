using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Pacs.Dicom.Net;
using Pacs.Dicom.UpperLayer;
using Pacs.Dimse.Tests.Access;
using Pacs.Storage.Access;
using Pacs.TestKit;

namespace Pacs.Dimse.Tests.Server;

public sealed class DimseServerTests
{
    private const int OpenToNetwork = 3301, Denied = 3401;

    private sealed class Journal : ILoggerProvider, ILogger
    {
        private readonly ConcurrentQueue<(int Id, string Text)> _events = [];

        public IReadOnlyList<string> Of(int id) => [.. _events.Where(e => e.Id == id).Select(e => e.Text)];
        public ILogger CreateLogger(string categoryName) => this;
        public bool IsEnabled(LogLevel logLevel) => true;
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;
        public void Dispose() { }

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _events.Enqueue((eventId.Id, formatter(state, exception)));
    }

    [Theory]
    [InlineData("*", "false", 1)]
    [InlineData("*", "true", 0)]
    [InlineData("127.0.0.1", "false", 0)]
    public async Task Start_AnyoneOfTheNetworkMayCall_IsWarnedOf(string address, string knownPeersOnly, int warnings)
    {
        using var log = new Journal();
        await using var server = await DimseFixture.StartAsync(
            services => services.AddSingleton<ILoggerProvider>(log), ("Pacs:Dimse:BindAddress", address), ("Pacs:Dimse:KnownPeersOnly", knownPeersOnly));
        Assert.Equal(warnings, log.Of(OpenToNetwork).Count);
    }

    [Fact]
    public async Task Rules_ThatOpenTheArchiveToAnyone_AreWarnedOfWhenTheyCome()
    {
        using var log = new Journal();
        await using var server = await DimseFixture.StartAsync(
            services => services.AddSingleton<ILoggerProvider>(log), ("Pacs:Dimse:BindAddress", "*"), ("Pacs:Dimse:KnownPeersOnly", "true"));
        await server.Get<AccessRuleStore>().PutAsync(new() { Position = 1, CallingAeTitles = ["*"] }, default);
        await Eventually.TrueAsync(() => log.Of(OpenToNetwork).Count == 1);
    }

    [Fact]
    public async Task Association_Denied_LeavesOneEventWithTheReason()
    {
        using var log = new Journal();
        await using var server = await DimseFixture.StartAsync(services => services.AddSingleton<ILoggerProvider>(log));
        await server.Get<AccessRuleStore>().PutAsync(new() { Position = 7, Description = "old scanners", Action = AccessAction.Deny, CallingAeTitles = ["CT*"] }, default);
        Assert.NotNull(server.Call("CT1").Try());
        var entry = Assert.Single(log.Of(Denied));
        Assert.Contains("CT1 at 127.0.0.1", entry, StringComparison.Ordinal);
        Assert.Contains("Access rule 7 (old scanners)", entry, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2", true)]
    [InlineData("0", false)]
    public async Task MaxAssociations_OfASetting_LimitsUnlessItIsZero(string most, bool isLimited)
    {
        await using var server = await DimseFixture.StartAsync(("Pacs:Dimse:MaxAssociations", most));
        using var first = ClientAssociation.Connect(server.Call());
        using var second = ClientAssociation.Connect(server.Call());
        Assert.Equal(isLimited ? Rejection.LocalLimitExceeded : (Rejection?)null, server.Call().Try());
        first.Release();
        second.Release();
    }
}
