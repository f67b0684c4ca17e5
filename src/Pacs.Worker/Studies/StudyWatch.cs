using Microsoft.Extensions.Logging;
using Pacs.Storage.Hosting;
using Pacs.Storage.Studies;
using Pacs.Worker.Engine;

namespace Pacs.Worker.Studies;

/// <summary>Looks once a second which studies have become complete. Runs on every node; the database lets one of them do it.</summary>
internal sealed class StudyWatch(StudyCompletion studies, PacsOptions options, TimeProvider time, ILogger<StudyWatch> logger) : Watch("Completion of studies", TimeSpan.FromSeconds(1), time, logger)
{
    protected override Task LookAsync(CancellationToken cancellation) => studies.EvaluateAsync(TimeSpan.FromSeconds(options.Studies.QuietSeconds), cancellation);
}
