using System.Net.Http.Json;
using Pacs.TestKit;
using Pacs.TestKit.Samples;

namespace Pacs.System.Tests.Outbound;

/// <summary>
/// Deletion by retention, broken off at any moment: in the end what is over is gone, rows and files, and nothing else is, and the job
/// says so. <c>PACS_KILL_ROUNDS</c> repeats each case.
/// </summary>
public sealed class RetentionKillTests(ImpatientServer fixture) : IClassFixture<ImpatientServer>
{
    private const int Studies = 60;

    private readonly JobClient _jobs = new(fixture.Server.Http);

    [Theory]
    [InlineData(Victim.Database)]
    [InlineData(Victim.Machine)]
    public async Task Kill_InTheMiddleOfRetention_WhatIsOverIsGoneAndNothingElse(Victim victim)
    {
        for (var round = 0; round < Killing.Rounds; round++) await DeleteAsync(victim);
    }

    private async Task DeleteAsync(Victim victim)
    {
        var over = $"over-{Random.Shared.Next():x8}";
        var patient = over.ToUpperInvariant();
        await PutAsync($"retention-classes/{over}", new { daysSinceReceived = 0, isEnabled = false });
        await PutAsync($"rules/{over}", new
        {
            position = 1,
            condition = new { attribute = "PatientID", equalTo = new[] { patient } },
            actions = new[] { new { kind = "Retention", retentionClass = over } },
        });
        var due = Enumerable.Range(0, Studies).Select(_ => SampleObjects.Ct(SampleOptions.Fresh() with { PatientId = patient })).ToList();
        var kept = SampleObjects.Study(1, 5, SampleOptions.Fresh());
        await Killing.SucceedAsync(() => fixture.Web.StowAsync(due.Concat(kept).Select(o => o.ToPart10())));
        await PutAsync($"retention-classes/{over}", new { daysSinceReceived = 0 });
        await Eventually.TrueAsync(async () => (await _jobs.ReadAsync("/api/v1/routing/retention/due?limit=1000")).GetArrayLength() == Studies);

        var id = await _jobs.StartAsync(new { kind = "retention" });
        var begun = Random.Shared.Next(1, Studies / 2);
        await Eventually.TrueAsync(() => Files(due) <= Studies - begun);
        await victim.KillAsync(fixture.Server, () => Task.CompletedTask, () => Task.CompletedTask);

        JobClient.AssertDone(await _jobs.EndOfAsync(id, timeoutSeconds: 180), Studies);
        Assert.Empty(await Killing.AnswerAsync(() => fixture.Web.QidoAsync($"studies?PatientID={patient}")));
        await Eventually.TrueAsync(() => Files(due) == 0);
        Assert.Equal(kept.Count, (await Killing.AnswerAsync(() => fixture.Web.WadoAsync($"studies/{kept[0].StudyInstanceUid}"))).Count);
    }

    private Task PutAsync(string resource, object body) => Killing.SucceedAsync(() => fixture.Server.Http.PutAsJsonAsync($"/api/v1/routing/{resource}", body));

    /// <summary>How many of them have a file.</summary>
    private int Files(IReadOnlyList<SampleObject> objects)
    {
        // {instance}.{writer}-{n}.dcm
        var there = Directory.EnumerateFiles(Path.Combine(fixture.Server.DataFolder, "blobs"), "*.dcm", SearchOption.AllDirectories)
            .Select(f => Path.GetFileNameWithoutExtension(Path.GetFileNameWithoutExtension(f))).ToHashSet();
        return objects.Count(o => there.Contains(o.SopInstanceUid));
    }
}
