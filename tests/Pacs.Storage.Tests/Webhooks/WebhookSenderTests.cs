using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Pacs.Storage.Model;
using Pacs.Storage.Webhooks;
using Pacs.TestKit.Clients;
using Pacs.TestKit.Net;

namespace Pacs.Storage.Tests.Webhooks;

public sealed class WebhookSenderTests : IDisposable
{
    private readonly WebhookSender _sender = new(TimeProvider.System);

    /// <summary>The example of the Standard Webhooks specification's own libraries.</summary>
    [Fact]
    public void Signature_OfTheExample_IsThatOfTheSpecification() => Assert.Equal(
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        WebhookSignature.Of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, """{"test": 2432232314}"""));

    [Theory]
    [InlineData(200, WebhookResult.Delivered)]
    [InlineData(204, WebhookResult.Delivered)]
    [InlineData(302, WebhookResult.Refused)]
    [InlineData(400, WebhookResult.Refused)]
    [InlineData(404, WebhookResult.Refused)]
    [InlineData(408, WebhookResult.MayPass)]
    [InlineData(410, WebhookResult.Gone)]
    [InlineData(429, WebhookResult.MayPass)]
    [InlineData(500, WebhookResult.MayPass)]
    [InlineData(503, WebhookResult.MayPass)]
    public void Outcome_OfStatus_IsWhatFollowsFromIt(int status, WebhookResult expected) => Assert.Equal(expected, WebhookSender.Outcome(status).Result);

    [Fact]
    public async Task Send_Redirect_IsNotFollowed()
    {
        using var receiver = new WebhookReceiver { Answer = _ => Task.FromResult(302) };
        var outcome = await _sender.SendTestAsync(1, receiver.Url, WebhookSignature.NewSecret(), default);
        Assert.Equal((WebhookResult.Refused, (int?)302), (outcome.Result, outcome.Status));
        Assert.Single(receiver.Received);
    }

    [Fact]
    public async Task Send_NobodyThere_MayPass()
    {
        using var receiver = new WebhookReceiver();
        receiver.Stop();
        Assert.Equal(WebhookResult.MayPass, (await _sender.SendTestAsync(1, receiver.Url, WebhookSignature.NewSecret(), default)).Result);
    }

    [Fact]
    public async Task Send_CertificateOfNoAuthority_IsNotDelivered()
    {
        using var certificates = new TestCertificates();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = Task.Run(async () =>
        {
            using var client = await listener.AcceptTcpClientAsync();
            await using var tls = new SslStream(client.GetStream());
            await Assert.ThrowsAnyAsync<Exception>(async () =>
            {
                await tls.AuthenticateAsServerAsync(certificates.ServerOptions(isClientCertificateRequired: false));
                // Of a client that turns away after the handshake there is nothing to read.
                if (await tls.ReadAsync(new byte[1]) == 0) throw new IOException();
            });
        });
        var outcome = await _sender.SendTestAsync(1, $"https://localhost:{((IPEndPoint)listener.LocalEndpoint).Port}/", WebhookSignature.NewSecret(), default);
        Assert.Equal((WebhookResult.MayPass, (int?)null), (outcome.Result, outcome.Status));
        await serving;
    }

    [Theory]
    [InlineData("https://ris.example.org/hook?token=1", null)]
    [InlineData("http://10.0.0.7:8080/", null)]
    [InlineData("http://[fd12::1]/", null)]
    [InlineData("", "absolute")]
    [InlineData("ftp://ris/", "absolute")]
    [InlineData("/hook", "absolute")]
    [InlineData("https://user:password@ris/", "password")]
    [InlineData("http://169.254.169.254/latest/meta-data/", "link-local")]
    [InlineData("http://2852039166/", "link-local")]
    [InlineData("http://[::ffff:169.254.169.254]/", "link-local")]
    [InlineData("http://[fe80::1]/", "link-local")]
    [InlineData("http://[fd00:ec2::254]/", "link-local")]
    public void Faults_OfUrl_AreTold(string url, string? expected)
    {
        var faults = string.Join(" ", new WebhookRequest { Url = url }.Faults());
        if (expected is null) Assert.Empty(faults);
        else Assert.Contains(expected, faults, StringComparison.Ordinal);
    }

    [Fact]
    public void Faults_OfKindsAndSecret_AreTold()
    {
        var good = new WebhookRequest { Url = "http://ris/", Kinds = [ChangeKind.Deleted], Secret = WebhookSignature.NewSecret() };
        Assert.Empty(good.Faults());
        Assert.Single((good with { Kinds = [(ChangeKind)99] }).Faults());
        foreach (var secret in new[] { "", "secret", "whsec_", "whsec_AAAA", "whsec_!", $"whsec_{Convert.ToBase64String(new byte[65])}" })
            Assert.Single((good with { Secret = secret }).Faults());
    }

    [Fact]
    public void Addresses_WhereMachinesKeepSecrets_AreRefusedWhateverTheirName()
    {
        foreach (var refused in new[] { "169.254.0.1", "169.254.169.254", "::ffff:169.254.1.1", "fe80::1%1", "fd00:ec2::254" }) Assert.True(WebhookRequest.IsRefused(IPAddress.Parse(refused)));
        foreach (var fine in new[] { "127.0.0.1", "::1", "10.1.2.3", "192.168.0.1", "203.0.113.7", "fd00::1" }) Assert.False(WebhookRequest.IsRefused(IPAddress.Parse(fine)));
    }

    public void Dispose() => _sender.Dispose();
}
