using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Net;
using Pacs.Storage.Access;
using Pacs.Storage.Hosting;
using Pacs.Storage.Peers;

namespace Pacs.Storage.Tests.Hosting;

public sealed class DimseSettingsTests
{
    [Fact]
    public void Settings_OfRulesPeersAndTls_AreBound()
    {
        var options = Bind(
            ("Dimse:Rules:Services:0", "Storage"),
            ("Dimse:Rules:Validation", "Iod"),
            ("Dimse:Rules:TransferSyntaxes:0", Uids.ImplicitVRLittleEndian),
            ("Dimse:MaxAssociations", "0"),
            ("Dimse:MaxReceivePduLength", "4096"),
            ("Dimse:MaxSendPduLength", "1048576"),
            ("Dimse:Tls:MinVersion", "Tls13"),
            ("Peers:0:AeTitle", "CT1"),
            ("Peers:0:Host", "ct1.example.org"),
            ("Peers:0:Port", "104"),
            ("Peers:0:Addresses:0", "192.0.2.0/24"),
            ("Peers:0:Rules:MaxAssociations", "2"),
            ("Peers:0:Tls:ServerName", "ct1.example.org"),
            ("Peers:0:Notifications:0", "InstanceAvailability"));
        var (dimse, peer) = (options.Dimse, Assert.Single(options.Peers));
        Assert.Equal([DimseServiceKind.Storage], dimse.Rules.Services);
        Assert.Equal([Uids.ImplicitVRLittleEndian], dimse.Rules.TransferSyntaxes);
        Assert.Equal((ValidationLevel.Iod, 0, 4096, 1 << 20, TlsVersion.Tls13), (dimse.Rules.Validation, dimse.MaxAssociations, dimse.MaxReceivePduLength, dimse.MaxSendPduLength, dimse.Tls.MinVersion));
        Assert.Equal(("CT1", 104, "192.0.2.0/24", 2, "ct1.example.org"), (peer.AeTitle, peer.Port, peer.Addresses[0], peer.Rules.MaxAssociations, peer.Tls?.ServerName));
        Assert.Equal([PeerNotification.InstanceAvailability], peer.Notifications);
    }

    [Theory]
    [InlineData("Dimse:MaxReceivePduLength", "4095")]
    [InlineData("Dimse:MaxReceivePduLength", "1048577")]
    [InlineData("Dimse:MaxSendPduLength", "16")]
    [InlineData("Dimse:MaxAssociations", "-1")]
    [InlineData("Dimse:MaxOperations", "0")]
    [InlineData("Dimse:ResponseTimeoutSeconds", "0")]
    [InlineData("Dimse:IdleTimeoutSeconds", "86401")]
    [InlineData("Dimse:Tls:Mode", "Server")]
    [InlineData("Dimse:Tls:Mode", "Sometimes")]
    [InlineData("Dimse:Tls:AuthorityFiles", "nowhere.pem")]
    [InlineData("Dimse:Rules:Serivces:0", "Storage")]
    [InlineData("Dimse:Rules:Validation", "Strict")]
    [InlineData("Dimse:Rules:MaxAssociations", "0")]
    [InlineData("Dimse:Rules:TransferSyntaxes:0", "1.2.3")]
    [InlineData("Dimse:MaxPduLength", "16384")]
    public void Setting_NotValid_IsReportedByItsName(string name, string value)
    {
        var faults = Assert.Throws<OptionsValidationException>(() => Bind((name, value))).Failures;
        Assert.Contains(faults, f => f.StartsWith($"Pacs:{name.Split(":0")[0].Replace(":Mode", "", StringComparison.Ordinal)}", StringComparison.Ordinal));
    }

    [Fact]
    public void PeerConnector_Options_AreThoseOfTheSettings()
    {
        using var services = Services(("Dimse:AeTitle", "ARCHIVE"), ("Dimse:MaxSendPduLength", "16384"), ("Dimse:MaxReceivePduLength", "32768"),
            ("Dimse:ConnectTimeoutSeconds", "1"), ("Dimse:AssociateTimeoutSeconds", "2"), ("Dimse:NetworkTimeoutSeconds", "3"), ("Dimse:ResponseTimeoutSeconds", "4"));
        var options = services.GetRequiredService<PeerConnector>().Options(new Peer("CT1", "ct1", 104), [new ProposedContext(Uids.Verification, Uids.ImplicitVRLittleEndian)]);
        Assert.Equal(("ARCHIVE", "CT1", "ct1", 104, 16384, 32768), (options.CallingAeTitle, options.CalledAeTitle, options.Host, options.Port, options.MaxSendPduLength, options.MaxReceivePduLength));
        Assert.Equal([1, 2, 3, 4], new[] { options.ConnectTimeout, options.ArtimTimeout, options.NetworkTimeout, options.ResponseTimeout }.Select(t => t.TotalSeconds));
        Assert.Null(options.Tls);
    }

    private static PacsOptions Bind(params (string Key, string Value)[] settings)
    {
        using var services = Services(settings);
        return services.GetRequiredService<PacsOptions>();
    }

    private static ServiceProvider Services(params (string Key, string Value)[] settings) => new ServiceCollection()
        .AddLogging()
        .AddPacsStorage(new ConfigurationBuilder().AddInMemoryCollection(settings.ToDictionary(s => $"Pacs:{s.Key}", s => (string?)s.Value)).Build())
        .BuildServiceProvider();
}
