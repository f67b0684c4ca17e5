using System.Net.Http.Json;
using System.Text.Json;
using Pacs.TestKit;
using Pacs.TestKit.Clients;
using Pacs.TestKit.Samples;

namespace Pacs.System.Tests.Outbound;

/// <summary>Deliveries of webhooks, broken off while the receiver has one in hand: in the end it has every change, signed and in order.</summary>
public sealed class WebhookKillTests(ImpatientServer fixture) : IClassFixture<ImpatientServer>
{
    private const int Objects = 10;

    private readonly HttpClient _http = fixture.Server.Http;

    [Theory]
    [InlineData(Victim.Worker)]
    [InlineData(Victim.Server)]
    [InlineData(Victim.Database)]
    [InlineData(Victim.Machine)]
    public async Task Kill_InTheMiddleOfADelivery_EveryChangeArrivesSignedAndInOrder(Victim victim)
    {
        for (var round = 0; round < Killing.Rounds; round++)
        {
            using var receiver = new WebhookReceiver();
            var isOver = new TaskCompletionSource();
            receiver.Answer = async _ =>
            {
                await isOver.Task;
                return 200;
            };
            var webhook = await Killing.AnswerAsync(async () =>
            {
                using var added = await _http.PostAsJsonAsync("/api/v1/webhooks", new { url = receiver.Url, kinds = new[] { "Stored" } });
                return await added.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>();
            });
            var before = SampleObjects.Study(1, Objects, SampleOptions.Fresh());
            await StoreAsync(before);
            await Eventually.TrueAsync(() => receiver.Received.Count > 0);

            await victim.KillAsync(fixture.Server, () => Task.CompletedTask, () => Task.CompletedTask);
            isOver.SetResult();
            var after = SampleObjects.Study(1, Objects, SampleOptions.Fresh());
            await StoreAsync(after);

            var stored = before.Concat(after).Select(o => o.SopInstanceUid).ToList();
            await Eventually.TrueAsync(() => !stored.Except(Told(receiver)).Any());
            Assert.All(receiver.Received, d => Assert.True(WebhookReceiver.IsSigned(d, webhook.GetProperty("secret").GetString()!)));
            var order = receiver.Taken.Distinct().ToList();
            Assert.Equal(order.Order(), order);
            await Killing.SucceedAsync(() => _http.DeleteAsync($"/api/v1/webhooks/{webhook.GetProperty("id")}"));
        }
    }

    private Task StoreAsync(IEnumerable<SampleObject> objects) => Killing.SucceedAsync(() => fixture.Web.StowAsync(objects.Select(o => o.ToPart10())));

    private static IEnumerable<string> Told(WebhookReceiver receiver) =>
        receiver.Received.Where(d => d.Status == 200).SelectMany(d => d.Json.GetProperty("changes").EnumerateArray()).Select(c => c.GetProperty("sopInstanceUid").GetString()!);
}
