"""When a model was published, where `created_at` says something else.

Source: release_date_corrections.csv of Interconnects-AI/tracked-models (Apache-2.0), read in
November 2026: repo id and the day on which its lab published it. A repo may lie private for weeks
before; a few were made public here after the announcement elsewhere.
"""

import hashlib
from collections.abc import Mapping
from datetime import date

_TABLE = """
2024-11-28 Qwen/QwQ-32B-Preview
2024-12-26 deepseek-ai/DeepSeek-V3
2025-03-12 google/gemma-3-27b-it
2025-03-25 deepseek-ai/DeepSeek-V3-0324
2025-07-25 Qwen/Qwen3-235B-A22B-Instruct-2507
2025-07-28 zai-org/GLM-4.5
2025-07-31 stepfun-ai/step3
2025-08-05 openai/gpt-oss-120b
2025-08-05 openai/gpt-oss-20b
2025-09-22 Qwen/Qwen3-Omni-30B-A3B-Instruct
2025-09-23 Qwen/Qwen3-VL-235B-A22B-Instruct
2025-10-09 inclusionAI/Ling-1T
2025-10-22 allenai/olmOCR-2-7B-1025-FP8
2025-10-27 MiniMaxAI/MiniMax-M2
2025-11-06 moonshotai/Kimi-K2-Thinking
2025-11-20 allenai/Olmo-3-32B-Think
2025-12-02 mistralai/Mistral-Large-3-675B-Instruct-2512
2025-12-15 nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16
2025-12-23 MiniMaxAI/MiniMax-M2.1
2026-01-27 moonshotai/Kimi-K2.5
2026-02-12 zai-org/GLM-5
2026-03-31 ibm-granite/granite-timeseries-ttm-r3
2026-04-02 google/gemma-4-26B-A4B-it
2026-04-02 google/gemma-4-31B-it
2026-04-02 google/gemma-4-E2B-it
2026-04-02 google/gemma-4-E4B-it
2026-04-24 deepseek-ai/DeepSeek-V4-Flash
2026-04-24 deepseek-ai/DeepSeek-V4-Flash-Base
2026-04-24 deepseek-ai/DeepSeek-V4-Pro
2026-04-24 deepseek-ai/DeepSeek-V4-Pro-Base
2026-06-30 google/tabfm-1.0.0-pytorch
2026-06-30 meituan-longcat/LongCat-2.0
2026-06-30 mistralai/Leanstral-1.5-119B-A6B
2026-07-02 poolside/Laguna-XS-2.1
2026-07-06 tencent/Hy3
2026-07-07 moondream/moondream3.1-9B-A2B
2026-07-15 thinkingmachines/Inkling
2026-07-16 moonshotai/Kimi-K3
2026-07-21 poolside/Laguna-S-2.1
2026-07-24 amd/Instella-MoE-16B-A3B-Think
"""

# By repo id in small letters.
RELEASED: Mapping[str, date] = {
    name.lower(): date.fromisoformat(day)
    for day, name in (line.split() for line in _TABLE.strip().splitlines())
}
DATES_VERSION = "dates:" + hashlib.sha256(_TABLE.encode()).hexdigest()[:8]
